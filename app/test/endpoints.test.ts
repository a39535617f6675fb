import { expect, it } from '@jest/globals';
import { METHODS } from 'node:http';
import { methodLabel } from '../src/endpoints.js';

it('keeps the methods people use, and puts all others under one label', () => {
  expect([...new Set([...METHODS, 'MADE-UP'].map(methodLabel))].sort()).toEqual([
    'DELETE',
    'GET',
    'HEAD',
    'OPTIONS',
    'PATCH',
    'POST',
    'PUT',
    'other',
  ]);
});
