import { formatNumber } from '@redmeter/metric-format';

/** Values that can be Lua literals. Names of fields are written in snake case. */
export type LuaValue = string | number | readonly LuaValue[] | LuaTable;

/** A table by names. */
interface LuaTable {
  readonly [field: string]: LuaValue;
}

const LINE_WIDTH = 120;

/**
 * A value as a Lua 5.1 literal: tables on one line where they fit into 120 columns, else an element a line.
 * @param column the number of columns already used in the first line
 * @param depth the indentation, in steps of two spaces
 */
export function luaLiteral(value: LuaValue, column = 0, depth = 0): string {
  if (typeof value === 'string') return luaString(value);
  if (typeof value === 'number') return formatNumber(value);
  const line = `{ ${entries(value, (one) => luaLiteral(one)).join(', ')} }`;
  if (column + line.length <= LINE_WIDTH && !line.includes('\n')) return line;
  const indent = '  '.repeat(depth + 1);
  const lines = entries(value, (one, name) => luaLiteral(one, indent.length + name.length + 1, depth + 1));
  return `{\n${lines.map((entry) => `${indent}${entry},\n`).join('')}${'  '.repeat(depth)}}`;
}

function entries(value: readonly LuaValue[] | LuaTable, literal: (value: LuaValue, name: string) => string): string[] {
  if (isList(value)) return value.map((one) => literal(one, ''));
  return Object.entries(value).map(([field, one]) => {
    const name = `${snakeCase(field)} = `;
    return name + literal(one, name);
  });
}

function isList(value: readonly LuaValue[] | LuaTable): value is readonly LuaValue[] {
  return Array.isArray(value);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function luaString(text: string): string {
  const escaped = text.replace(/[\\'\n\r\0]/g, (character) =>
    character === '\\' || character === "'"
      ? `\\${character}`
      : `\\${String(character.charCodeAt(0)).padStart(3, '0')}`,
  );
  return `'${escaped}'`;
}
