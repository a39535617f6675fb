import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs';
import '../../src/grpc/proto-files.js';
import { encodeMessage } from '../../src/grpc/message-json.js';

const root = new protobuf.Root();
for (const name of ['timestamp', 'duration', 'wrappers', 'struct']) {
  root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)?.nested ?? {});
}
protobuf.parse(
  `syntax = "proto3";
  message Order {
    string customer_name = 1; int32 count = 2; uint64 total = 3; double price = 4; bool paid = 5; bytes code = 6;
    Colour colour = 7; repeated string tags = 8; map<string, int32> stock = 9; Place place = 10;
    google.protobuf.Timestamp at = 11; google.protobuf.Duration within = 12; google.protobuf.Int32Value limit = 13;
    google.protobuf.Struct extra = 14; oneof pick { string text = 15; int32 number = 16; }
    message Place { string street = 1; }
    enum Colour { RED = 0; GREEN = 1; }
  }`,
  root,
  { keepCase: true },
);
root.resolveAll();
const order = root.lookupType('Order');

const decoded = (bytes: Buffer): unknown =>
  order.toObject(order.decode(bytes), { longs: String, enums: String, bytes: String });

// A server that is asked by reflection gives descriptors, from which protobufjs makes other types than from a proto file.
const { Root } = protobuf as unknown as { Root: { fromDescriptor(set: object): protobuf.Root } };
const described = Root.fromDescriptor(
  (root as unknown as { toDescriptor(edition: string): object }).toDescriptor('proto3'),
).lookupType('Order');

describe.each([
  ['a proto file', order],
  ['a descriptor', described],
])('a message of %s given as JSON', (_source, given) => {
  it.each([
    [
      { customer_name: 'Ann', count: 3 },
      { customer_name: 'Ann', count: 3 },
    ],
    [{ customerName: 'Ann' }, { customer_name: 'Ann' }],
    [
      { total: '18446744073709551615', price: '1e3' },
      { total: '18446744073709551615', price: 1000 },
    ],
    [
      { paid: true, code: 'AQI=' },
      { paid: true, code: 'AQI=' },
    ],
    [{ colour: 'GREEN' }, { colour: 'GREEN' }],
    [{ colour: 1 }, { colour: 'GREEN' }],
    [
      { tags: ['a', 'b'], stock: { a: 1 } },
      { tags: ['a', 'b'], stock: { a: 1 } },
    ],
    [
      { place: { street: 'Main' }, number: 5 },
      { place: { street: 'Main' }, number: 5 },
    ],
    [{ at: '1970-01-01T01:00:01.5+01:00' }, { at: { seconds: '1', nanos: 500_000_000 } }],
    [{ at: { seconds: 7 } }, { at: { seconds: '7' } }],
    [{ within: '-1.5s' }, { within: { seconds: '-1', nanos: -500_000_000 } }],
    [{ limit: 5 }, { limit: { value: 5 } }],
    [
      { extra: { a: [1, 'b', true, null] } },
      {
        extra: {
          fields: {
            a: {
              listValue: {
                values: [{ numberValue: 1 }, { stringValue: 'b' }, { boolValue: true }, { nullValue: 'NULL_VALUE' }],
              },
            },
          },
        },
      },
    ],
    [{ customer_name: null }, {}],
    [{}, {}],
  ])('%j is encoded', (json, expected) => {
    expect(decoded(encodeMessage(given, json, 'data'))).toEqual(expected);
  });

  it.each([
    [
      { custmer_name: 'Ann' },
      /^data\.custmer_name: expected one of customer_name, .*, got "custmer_name"; did you mean customer_name\?$/,
    ],
    [{ customer_name: 5 }, 'data.customer_name: expected text, got 5'],
    [{ count: 'three' }, 'data.count: expected an integer of 32 bits, got "three"'],
    [{ count: 2 ** 31 }, 'data.count: expected an integer of 32 bits, got 2147483648'],
    [{ total: -1 }, 'data.total: expected an integer from 0'],
    [{ paid: 'yes' }, 'data.paid: expected true or false, got "yes"'],
    [{ code: 'not base64' }, 'data.code: expected bytes in base64'],
    [{ colour: 'BLUE' }, 'data.colour: expected one of RED, GREEN, got "BLUE"'],
    [{ tags: 'a' }, 'data.tags: expected a list, got "a"'],
    [{ tags: ['a', 1] }, 'data.tags[1]: expected text, got 1'],
    [{ stock: { a: 'x' } }, 'data.stock.a: expected an integer of 32 bits'],
    [{ place: 'Main' }, 'data.place: expected a message Place, fields by name, got "Main"'],
    [{ at: 'noon' }, 'data.at: expected a time such as'],
    [{ within: '90m' }, 'data.within: expected a duration in seconds'],
    ['text', 'data: expected a message Order'],
  ])('%j is refused, with its place', (json, message) => {
    expect(() => encodeMessage(given, json, 'data')).toThrow(message);
  });
});
