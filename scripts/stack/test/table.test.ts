import { expect, it } from '@jest/globals';
import { renderTable } from '../src/table.js';

it('renders columns as wide as their widest cell', () => {
  const rows = [
    { part: 'redis', url: 'redis://localhost:6379', state: 'healthy' },
    { part: 'prometheus', url: '-', state: '' },
  ];
  expect(renderTable(rows)).toBe(
    ['PART        URL                     STATE', 'redis       redis://localhost:6379  healthy', 'prometheus  -'].join(
      '\n',
    ),
  );
});
