import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { formatNumber } from '@redmeter/metric-format';
import fc from 'fast-check';

// The doubles come as their bytes, so that no parsing of text stands between the two.
const FORMAT_IN_LUA = `
local texts = {}
for i = 1, #ARGV do
  local value = struct.unpack('<d', ARGV[i])
  local text = string.format('%.15g', value)
  if tonumber(text) ~= value then text = string.format('%.16g', value) end
  if tonumber(text) ~= value then text = string.format('%.17g', value) end
  texts[i] = text
end
return texts
`;

const server = useRedisServer();

async function inLua(values: readonly number[]): Promise<unknown> {
  const bytes = values.map((value) => {
    const buffer = Buffer.alloc(8);
    buffer.writeDoubleLE(value);
    return buffer;
  });
  return server.client.eval(FORMAT_IN_LUA, 0, ...bytes);
}

/** Any finite double, by its bits. */
const anyDouble = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((bytes) => Buffer.from(bytes).readDoubleLE())
  .filter(Number.isFinite);
const subnormal = fc.bigInt(1n, 2n ** 52n - 1n).map((bits) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(bits);
  return buffer.readDoubleLE();
});
// A binary fraction of few digits ends in 5: cut one digit before its end, it is a tie.
const tie = fc
  .tuple(fc.bigInt(1n, 2n ** 53n - 1n), fc.integer({ min: 1, max: 60 }))
  .map(([mantissa, power]) => Number(mantissa) / 2 ** power);
const decimal = fc
  .tuple(fc.integer({ min: -999_999_999, max: 999_999_999 }), fc.integer({ min: -25, max: 25 }))
  .map(([digits, power]) => Number(`${digits}e${power}`));
const integer = fc.oneof(fc.maxSafeInteger(), fc.bigInt(0n, 2n ** 70n).map(Number));

describe("formatNumber writes what Lua's string.format writes", () => {
  it.each<[string, fc.Arbitrary<number>]>([
    ['any double', anyDouble],
    ['subnormal numbers', subnormal],
    ['ties', tie],
    ['decimals', decimal],
    ['integers', integer],
  ])('%s', async (_name, double) => {
    await fc.assert(
      fc.asyncProperty(fc.array(double, { minLength: 500, maxLength: 500 }), async (values) => {
        expect(values.map(formatNumber)).toEqual(await inLua(values));
      }),
      { numRuns: 20 },
    );
  });
});
