import type { Mutant } from './mutant.js';

const file = 'merge_writer.py';
const rules = 'series_rules.py';

/** Writers that write other keys and values than were recorded. */
export const contentMutants: readonly Mutant[] = [
  {
    ...{
      name: 'has internal keys under the usual prefix',
      file,
      text: 'meta = f"{self._prefix}-meta"\n        keys = [',
    },
    by: 'meta = "metrics-meta"\n        keys = [',
    ...{ caughtBy: 'other-prefix', requirement: 'W-13' },
  },
  {
    ...{ name: 'swaps two keys', file, text: '("dataset", "revision", "changed", "live")' },
    by: '("dataset", "revision", "live", "changed")',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-13' },
  },
  {
    ...{
      name: 'sends all families',
      file,
      text: 'names = list(dict.fromkeys(operation["name"] for _, operation in batch["series"]))',
    },
    by: 'names = list(self._families)',
    ...{ caughtBy: 'many-series', requirement: 'W-14' },
  },
  {
    ...{ name: 'gives the position of a family from 0', file, text: 'names.index(operation["name"]) + 1' },
    by: 'names.index(operation["name"])',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-14' },
  },
  {
    ...{ name: 'sends any number of series', file, text: 'SERIES_PER_BATCH = 100' },
    by: 'SERIES_PER_BATCH = 100_000',
    ...{ caughtBy: 'many-series', requirement: 'W-15' },
  },
  {
    ...{ name: 'has another time to live', file, text: 'batch["number"], age_ms, self._ttl_ms,' },
    by: 'batch["number"], age_ms, self._ttl_ms // 1000,',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-18' },
  },
  {
    ...{ name: 'does not sort labels', file: rules, text: 'in sorted(labels.items())]' },
    by: 'in labels.items()]',
    ...{ caughtBy: 'label-values', requirement: 'W-4' },
  },
  {
    ...{ name: 'sorts labels without regard to case', file: rules, text: 'in sorted(labels.items())]' },
    by: 'in sorted(labels.items(), key=lambda label: label[0].lower())]',
    ...{ caughtBy: 'label-values', requirement: 'W-4' },
  },
  {
    ...{ name: 'keeps empty labels', file: rules, text: ' for name, text in parts if text != ""]' },
    by: ' for name, text in parts]',
    ...{ caughtBy: 'label-values', requirement: 'W-4' },
  },
  {
    ...{ name: 'encodes as URLs are', file: rules, text: 'return _ENCODED.sub(' },
    by: '__import__("urllib.parse"); return __import__("urllib").parse.quote(text)\n    return _ENCODED.sub(',
    ...{ caughtBy: 'label-values', requirement: 'W-4' },
  },
  {
    ...{ name: 'leaves control characters as they are', file: rules, text: "\\x00-\\x1f\\x7f-\\x9f]')" },
    by: "]')",
    ...{ caughtBy: 'label-values', requirement: 'W-4' },
  },
  {
    ...{ name: 'takes reserved labels', file: rules, text: 're.compile(r"job|instance|le|quantile|__.*")' },
    by: 're.compile(r"[^\\s\\S]")',
    ...{ caughtBy: 'bad-labels', requirement: 'W-2' },
  },
  {
    ...{ name: 'counts characters of label values', file: rules, text: 'len(text.encode()) >' },
    by: 'len(text) >',
    ...{ caughtBy: 'bad-labels', requirement: 'W-3' },
  },
  {
    ...{ name: 'takes any number of labels', file: rules, text: 'MAX_LABELS = 10\n' },
    by: 'MAX_LABELS = 100\n',
    ...{ caughtBy: 'bad-labels', requirement: 'W-3' },
  },
  {
    ...{ name: 'takes reserved names', file: rules, text: 'if _RESERVED_METRIC.fullmatch(name):' },
    by: 'if False:',
    ...{ caughtBy: 'bad-names', requirement: 'W-1' },
  },
  {
    ...{
      name: 'takes names derived from a histogram',
      file: rules,
      text: 'if base is not None and base["type"] == "histogram":',
    },
    by: 'if False:',
    ...{ caughtBy: 'bad-names', requirement: 'W-1' },
  },
  {
    ...{ name: 'takes negative increments', file, text: 'if added < 0:' },
    by: 'if False:',
    ...{ caughtBy: 'bad-values', requirement: 'W-5' },
  },
  {
    ...{ name: 'takes bounds in any order', file: rules, text: 'or not is_ascending:' },
    by: 'or False:',
    ...{ caughtBy: 'bad-bounds', requirement: 'W-10' },
  },
  {
    ...{
      name: 'takes a second declaration',
      file,
      text: '                self._check_again(known, family)\n                return\n',
    },
    by: '                pass\n',
    ...{ caughtBy: 'declared-twice', requirement: 'W-11' },
  },
  {
    ...{ name: 'sends 14 digits of a number', file, text: '"add", "counts", "sum") if field in operation}' },
    by: '"add", "counts", "sum") if field in operation}\n        values = {f: float(f"{v:.14g}") if f == "add" else v for f, v in values.items()}',
    ...{ caughtBy: 'numbers', requirement: 'W-7' },
  },
  {
    ...{
      name: 'sends an infinite sum',
      file,
      text: '                raise Refusal("overflow", "the counter would be infinite")',
    },
    by: '                total = 0',
    ...{ caughtBy: 'numbers', requirement: 'W-9' },
  },
  {
    ...{ name: 'puts a value on a bound into the next bucket', file, text: 'bisect.bisect_left' },
    by: 'bisect.bisect_right',
    ...{ caughtBy: 'buckets', requirement: 'W-8' },
  },
  {
    ...{
      name: 'sends cumulative counts',
      file,
      text: '            operation["counts"][bisect.bisect_left(bounds, observed)] += 1\n',
    },
    by: `            for bucket in range(bisect.bisect_left(bounds, observed), len(bounds) + 1):
                operation["counts"][bucket] += 1
`,
    ...{ caughtBy: 'buckets', requirement: 'W-8' },
    alsoCaughtBy: ['different-bounds'],
  },
  {
    ...{ name: 'sends totals', file, text: 'waiting, self._waiting = list(self._waiting.items()), {}' },
    by: 'waiting = [(key, dict(operation)) for key, operation in self._waiting.items()]',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-22' },
  },
  {
    ...{ name: 'leaves out the type of a family', file, text: '_json({**self._families[name], "age": declared_ms})' },
    by: '_json({**self._families[name], "age": declared_ms, "type": None})',
    ...{ caughtBy: 'family-records', requirement: 'W-20' },
  },
];
