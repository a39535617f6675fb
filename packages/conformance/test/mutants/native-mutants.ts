import type { Mutant } from './mutant.js';

/** Writers that count native histograms wrongly, and keep other exemplars than they should. */
export const nativeMutants: readonly Mutant[] = [
  {
    name: 'puts a power of two into the next native bucket',
    text: 'ceiling = exponent - 1 if fraction == 0.5 else exponent',
    by: 'ceiling = exponent',
    ...{ caughtBy: 'native-buckets', requirement: 'W-62' },
  },
  {
    name: 'has bounds of native buckets that are one bit larger',
    ...{ text: '1.414213562373095,', by: '1.4142135623730951,' },
    ...{ caughtBy: 'native-buckets', requirement: 'W-62' },
  },
  {
    name: 'sends native buckets in the order in which they came',
    ...{ text: 'indexes = sorted(side)', by: 'indexes = list(side)' },
    ...{ caughtBy: 'native-buckets', requirement: 'W-63' },
  },
  {
    name: 'counts the zero threshold in a bucket',
    ...{ text: 'if magnitude <= self._layout["zeroThreshold"]:', by: 'if magnitude < self._layout["zeroThreshold"]:' },
    ...{ caughtBy: 'native-zeros', requirement: 'W-62' },
  },
  {
    name: 'adds up native observations without their sign',
    text: 'operation["sum"] += observed',
    by: 'operation["sum"] += abs(observed) if "native" in operation else observed',
    ...{ caughtBy: 'native-sums', requirement: 'W-22' },
  },
  {
    name: 'leaves values out of native buckets that the classic ones have',
    text: 'operation["native"].observe(observed)',
    by: 'operation["native"].observe(observed) if observed < 10 else None',
    ...{ caughtBy: 'native-and-classic', requirement: 'W-63' },
  },
  {
    name: 'has another limit of native buckets than was declared',
    ...{ text: '"maxBuckets": max_buckets}', by: '"maxBuckets": 160}' },
    ...{ caughtBy: 'native-max-buckets', requirement: 'W-20' },
  },
  {
    name: 'does not send the zero threshold',
    ...{ text: '"zeroThreshold": self._layout["zeroThreshold"], "zeroCount"', by: '"zeroCount"' },
    ...{ caughtBy: 'native-layouts', requirement: 'W-62' },
  },
  {
    name: 'takes any limit of native buckets',
    ...{ text: '_MOST_BUCKETS = 500', by: '_MOST_BUCKETS = 5000' },
    ...{ caughtBy: 'bad-native-layouts', requirement: 'W-60' },
  },
  {
    name: 'keeps the oldest exemplar',
    text: '        self._newest.pop(bucket, None)\n',
    by: '        if bucket in self._newest:\n            return\n',
    ...{ caughtBy: 'exemplars-of-counter', requirement: 'W-64' },
  },
  {
    name: 'has one exemplar for all buckets',
    ...{ text: '.note(_bucket(family, number), number, read)', by: '.note(0, number, read)' },
    ...{ caughtBy: 'exemplars-of-histogram', requirement: 'W-64' },
  },
  {
    name: 'sends any number of exemplars',
    ...{ text: '_MOST_EXEMPLARS = 10', by: '_MOST_EXEMPLARS = 100' },
    ...{ caughtBy: 'exemplars-of-many-buckets', requirement: 'W-64' },
  },
  {
    name: 'sends exemplars as if they were recorded last',
    ...{ text: '"age": max(0, round((made - each["at"]) * 1000))', by: '"age": 0' },
    ...{ caughtBy: 'exemplar-order', requirement: 'W-64' },
  },
  {
    name: 'takes exemplars of any length',
    ...{ text: 'if characters > _MOST_CHARACTERS:', by: 'if False:' },
    ...{ caughtBy: 'bad-exemplars', requirement: 'W-61' },
  },
];
