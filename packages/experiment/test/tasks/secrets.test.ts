import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Secrets } from '../../src/tasks/secrets.js';

function secretsOf(...values: string[]): Secrets {
  const variables = Object.fromEntries(values.map((value, index) => [`S${index}`, value]));
  const secrets = new Secrets(variables);
  secrets.expandAll(Object.keys(variables).map((name) => `\${${name}}`));
  return secrets;
}

describe('secrets', () => {
  it('are filled in from the environment, in every text of a value and in no name', () => {
    const secrets = new Secrets({ A: 'x', B: '' });
    expect(secrets.expandAll({ '${A}': ['${A}-${A}', 5, null, { deep: '$A ${A' }] })).toEqual({
      '${A}': ['x-x', 5, null, { deep: '$A ${A' }],
    });
    for (const text of ['${B}', '${C}']) expect(() => secrets.expand(text)).toThrow('to be set, got nothing');
  });

  const password = 'p@s$&w;rd! "é\\\n';
  it.each([
    ['as it stands', `a ${password} b`],
    ['in JSON', `a ${JSON.stringify(password).slice(1, -1)} b`],
    ['as a part of a query', `a ${encodeURIComponent(password)} b`],
    ['in lower case', `a ${encodeURIComponent(password).replace(/%../g, (code) => code.toLowerCase())} b`],
    ['as a form encodes it', `a ${new URLSearchParams({ '': password }).toString().slice(1)} b`],
    [
      'as a URL encodes it before its host',
      `a ${new URL(`http://u:${password.replace('\\\n', '%5C%0A')}@h`).password} b`,
    ],
  ])('are blotted out %s', (_form, text) => {
    expect(secretsOf(password).redact(text)).toBe('a *** b');
  });

  it('are blotted out in base64, wherever they begin', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 8, unit: 'binary' }), fc.string(), (before, secret, after) => {
        for (const encoding of ['base64', 'base64url'] as const) {
          const text = Buffer.from(`${before}${secret}${after}`).toString(encoding);
          const shown = Buffer.from(secretsOf(secret).redact(` ${text} `).replaceAll('***', ''), 'base64').toString();
          fc.pre(!before.includes(secret) && !after.includes(secret));
          expect(shown).not.toContain(secret);
          expect(secretsOf(secret).redact(` ${text} `)).toContain('***');
        }
      }),
    );
    const basic = `Basic ${Buffer.from('user:hunter2hunter2').toString('base64')}`;
    expect(secretsOf('hunter2hunter2').redact(basic)).toMatch(/^Basic [\w+/]{0,6}\*\*\*$/);
  });

  it('leave nothing of the longer of two that begin alike', () => {
    expect(secretsOf('abc', 'abcdef').redact('abcdef abc')).toBe('*** ***');
  });

  it('do not hide what only looks like a pattern', () => {
    expect(secretsOf('a.c', '[x]').redact('abc x [x] a.c')).toBe('abc x *** ***');
  });
});
