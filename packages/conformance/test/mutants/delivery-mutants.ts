import type { Mutant } from './mutant.js';

const file = 'merge_writer.py';
const NO_ANSWER = `            batch["in_doubt"] = True
            raise`;
const ANSWERED = 'if kind in ("applied", "duplicate"):';
const GIVEN_UP = 'if rest[1] != "gone":';

/** Writers that number, repeat and finish batches wrongly. */
export const deliveryMutants: readonly Mutant[] = [
  {
    ...{ name: 'sends a batch again under a new number', file, text: NO_ANSWER },
    by: `            batch["number"] = self._next_number
            self._next_number += 1
            raise`,
    ...{ caughtBy: 'cut-after-applied', requirement: 'W-31' },
    alsoCaughtBy: ['restart-with-data', 'frozen-writer'],
  },
  {
    ...{ name: 'drops a batch without an answer', file, text: NO_ANSWER },
    by: `            self._batches.popleft()
            raise`,
    ...{ caughtBy: 'cut-before-applied', requirement: 'W-31' },
  },
  {
    ...{ name: 'counts a batch without an answer as written', file, text: NO_ANSWER },
    by: `            self._held += _recordings(self._batches.popleft())
            raise`,
    ...{ caughtBy: 'redis-away', requirement: 'W-57' },
  },
  {
    ...{ name: 'takes a new id after each broken connection', file, text: NO_ANSWER },
    by: `            self._incarnation = uuid.uuid4().hex
            raise`,
    ...{ caughtBy: 'cut-after-applied', requirement: 'W-47' },
    alsoCaughtBy: ['first-answer-lost', 'data-went-back-in-doubt'],
  },
  {
    ...{ name: 'has the same id in each process', file, text: 'self._incarnation = uuid.uuid4().hex' },
    by: 'self._incarnation = "the-host-of-this-writer"',
    ...{ caughtBy: 'two-writers', requirement: 'W-27' },
    alsoCaughtBy: ['two-writers-cut'],
  },
  {
    ...{ name: 'keeps its id for the next start', file, text: 'self._incarnation = uuid.uuid4().hex' },
    by: 'self._incarnation = uuid.uuid5(uuid.NAMESPACE_URL, script).hex',
    ...{ caughtBy: 'writer-starts-again', requirement: 'W-27' },
    alsoCaughtBy: ['two-in-a-process'],
  },
  {
    name: 'adds recordings to a batch without an answer',
    file,
    text: '        return self._waiting.setdefault(key',
    by: `        for waiting, older in [series for batch in self._batches for series in batch["series"]]:
            if waiting == key:
                return older
        return self._waiting.setdefault(key`,
    ...{ caughtBy: 'cut-before-applied', requirement: 'W-30' },
  },
  {
    ...{ name: 'writes a duplicate as a new batch', file, text: `        ${ANSWERED}` },
    by: `        if kind == "duplicate":
            self._revision = rest[-1]
            batch["number"] = self._next_number
            self._next_number += 1
        elif kind == "applied":`,
    ...{ caughtBy: 'cut-after-applied', requirement: 'W-30' },
  },
  {
    ...{ name: 'begins at number 0', file, text: 'self._next_number = 1' },
    by: 'self._next_number = 0',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-28' },
  },
  {
    ...{ name: 'leaves out numbers', file, text: '            self._next_number += 1\n' },
    by: '            self._next_number += 2\n',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-28' },
  },
  {
    ...{
      name: 'forgets what waits when Redis is away',
      file,
      text: '        self._send_all()\n        self._fill_batches()',
    },
    by: `        try:
            self._send_all()
        except redis.RedisError:
            self._waiting.clear()
            raise
        self._fill_batches()`,
    ...{ caughtBy: 'redis-away', requirement: 'W-56' },
  },
  {
    name: 'takes an error reply for an answer',
    file,
    text: '                raise\n            self._isolate(error)',
    by: '                self._held += _recordings(self._batches.popleft())\n                return\n            self._isolate(error)',
    ...{ caughtBy: 'out-of-memory', requirement: 'W-40' },
    alsoCaughtBy: ['error-replies'],
  },
  {
    ...{
      name: 'does not send the script again',
      file,
      text: 'return self._client.execute_command("EVAL", self._script, *arguments)',
    },
    by: 'return ["applied", self._dataset, "0", "", ""]',
    ...{ caughtBy: 'script-forgotten', requirement: 'W-19' },
  },
  {
    ...{ name: 'sends another script', file, text: 'self._script = script\n' },
    by: 'self._script = script = script + "\\n-- changed"\n',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-12' },
  },
  {
    name: 'waits for an answer without limit',
    file: 'conformance.py',
    text: ', socket_timeout=seconds',
    by: '',
    timeoutMs: 3000,
    ...{ caughtBy: 'no-answer', requirement: 'W-42' },
  },
  {
    ...{
      name: 'sends the same age each time',
      file,
      text: 'age_ms = round((time.monotonic() - batch["made"]) * 1000)',
    },
    by: 'age_ms = 0',
    ...{ caughtBy: 'no-answer', requirement: 'W-17' },
  },
  {
    ...{ name: 'takes an index error for a failure', file, text: '            batch["answered"] = True\n' },
    by: `            batch["answered"] = True
            if rest[1] != "":
                self._drop_all(batch["series"], "refused")
                batch["series"] = []
`,
    ...{ caughtBy: 'index-error', requirement: 'W-35' },
  },
  {
    ...{ name: 'ignores refusals', file, text: 'self._note_refused(batch["series"][int(place) - 1], why)' },
    by: 'pass',
    ...{ caughtBy: 'refused-series', requirement: 'W-58' },
  },
  {
    name: 'takes the details of a refusal for its reason',
    file,
    text: 'reason, _, found = why.partition(":")',
    by: 'reason, _, found = why, "", ""',
    ...{ caughtBy: 'refused-series', requirement: 'W-34' },
  },
  {
    ...{ name: 'ignores refusals of a duplicate', file, text: 'for place, why in zip(pairs[::2], pairs[1::2]):' },
    by: 'for place, why in zip(pairs[::2], pairs[1::2]) if kind == "applied" else []:',
    ...{ caughtBy: 'refusals-of-lost-answer', requirement: 'W-58' },
  },
  {
    ...{
      name: 'drops a whole batch for a refused series',
      file,
      text: 'self._note_refused(batch["series"][int(place) - 1], why)',
    },
    by: '[self._note_refused(series, why) for series in batch["series"]]',
    ...{ caughtBy: 'refused-series', requirement: 'W-58' },
  },
  {
    ...{
      name: 'drops a malformed batch whole, and its number',
      file,
      text: '        batch = self._batches.popleft()\n',
    },
    by: `        batch = self._batches.popleft()
        for series in batch["series"][1:]:
            self._drop(series[1]["name"], Refusal("refused", ""), series[1]["recordings"])
        del batch["series"][1:]
`,
    ...{ caughtBy: 'malformed-call', requirement: 'W-58' },
  },
  {
    ...{
      name: 'does not say what it drops when it closes',
      file,
      text: 'self._drop_all(batch["series"], "in_doubt" if batch["in_doubt"] else "closed")',
    },
    by: 'pass',
    ...{ caughtBy: 'close-while-away', requirement: 'W-56' },
  },
  {
    ...{
      name: 'takes what may be written for not written when it closes',
      file,
      text: '"in_doubt" if batch["in_doubt"] else "closed"',
    },
    by: '"closed"',
    ...{ caughtBy: 'close-while-away', requirement: 'W-55' },
  },
  {
    ...{
      name: 'does not count what it refuses',
      file,
      text: '        self.recorded += 1\n        try:\n            self._family',
    },
    by: '        try:\n            self._family',
    ...{ caughtBy: 'bad-values', requirement: 'W-56' },
  },
  {
    ...{ name: 'sends batches again that may be in Redis, without ledger and mark', file, text: GIVEN_UP },
    by: 'if False:',
    ...{ caughtBy: 'in-doubt-without-ledger', requirement: 'W-37' },
  },
  {
    name: 'sends answered batches again without ledger and mark',
    file,
    text: 'given_up = [waiting for waiting in self._batches if waiting["answered"]]',
    by: 'given_up = []',
    ...{ caughtBy: 'ledger-and-mark-deleted', requirement: 'W-37' },
    alsoCaughtBy: ['ledger-mark-revision-deleted'],
  },
  {
    ...{ name: 'does not count what was deleted', file, text: 'self.lost += _recordings(each)' },
    by: 'pass',
    ...{ caughtBy: 'data-deleted', requirement: 'W-56' },
    alsoCaughtBy: ['data-deleted-in-doubt', 'restart-without-data'],
  },
  {
    ...{
      name: 'sends nothing again after a gap',
      file,
      text: 'self._batches.extendleft(reversed(missing))\n        self._resume',
    },
    by: 'self._resume',
    ...{ caughtBy: 'data-went-back', requirement: 'W-36' },
    alsoCaughtBy: ['data-before-first-batch'],
  },
  {
    ...{
      name: 'sends again in the wrong order',
      file,
      text: 'self._batches.extendleft(reversed(missing))\n        self._resume',
    },
    by: 'self._batches.extend(missing)\n        self._resume',
    ...{ caughtBy: 'data-went-back', requirement: 'W-36' },
  },
  {
    ...{ name: 'ignores the note of the mark', file, text: 'if held is not None and is_forgotten:' },
    by: 'if False:',
    ...{ caughtBy: 'data-went-far-back', requirement: 'W-36' },
  },
  {
    ...{ name: 'takes the note where it knows better', file, text: 'if held is not None and is_forgotten:' },
    by: 'if held is not None:',
    ...{ caughtBy: 'data-went-back-refused', requirement: 'W-36' },
  },
  {
    ...{ name: 'goes on resuming', file, text: 'self._dataset, self._resume_after, self._revision = dataset, "",' },
    by: 'self._dataset, self._revision = dataset,',
    ...{ caughtBy: 'data-went-back', requirement: 'W-49' },
  },
  {
    ...{ name: 'never sends the data set', file, text: 'head = [1, 1, self._dataset,' },
    by: 'head = [1, 1, "",',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-16' },
    alsoCaughtBy: ['data-set-deleted'],
  },
  {
    ...{ name: 'never sends the revision', file, text: 'note, self._resume_after, self._revision]' },
    by: 'note, self._resume_after, ""]',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-48' },
    alsoCaughtBy: ['revision-deleted'],
  },
  {
    ...{ name: 'ignores the revision of a duplicate', file, text: 'revision or self._revision' },
    by: '(kind == "applied" and revision) or self._revision',
    ...{ caughtBy: 'data-deleted-answer-lost', requirement: 'W-48' },
  },
  {
    ...{ name: 'offers the same data set as all others', file, text: 'self._dataset, uuid.uuid4().hex, batch' },
    by: 'self._dataset, "data-set-of-all", batch',
    ...{ caughtBy: 'two-writers', requirement: 'W-16' },
  },
  {
    name: 'writes on in another format',
    file,
    text: '            raise RuntimeError(',
    by: '            return self._held, self._batches.popleft()\n            raise RuntimeError(',
    ...{ caughtBy: 'other-format', requirement: 'W-56' },
  },
  {
    ...{
      name: 'takes a new id after a gap',
      file,
      text: 'self._go_back_to(int(rest[1]), int(rest[2]) if rest[2] else None)',
    },
    by: `self._go_back_to(int(rest[1]), int(rest[2]) if rest[2] else None)
            self._incarnation, self._resume_after = uuid.uuid4().hex, ""
            for number, waiting in enumerate(self._batches, 1):
                waiting["number"] = number
            self._next_number = len(self._batches) + 1`,
    ...{ caughtBy: 'data-came-back', requirement: 'W-47' },
  },
  {
    ...{ name: 'has the mark of another', file, text: 'keys.append(f"{meta}:mark:{self._incarnation}")' },
    by: 'keys.append(f"{meta}:mark:{self._started}")',
    ...{ caughtBy: 'ledger-deleted', requirement: 'W-13' },
    alsoCaughtBy: ['mark-deleted'],
  },
  {
    ...{ name: 'counts all refusals alike', file, text: 'self._drop(operation["name"], Refusal(reason, detail)' },
    by: 'self._drop(operation["name"], Refusal("refused", detail)',
    ...{ caughtBy: 'type-taken', requirement: 'W-58' },
  },
  {
    ...{
      name: 'forgets what waits when it closes',
      file,
      text: '        try:\n            self.flush()\n        except',
    },
    by: '        try:\n            self._waiting.clear()\n        except',
    ...{ caughtBy: 'close-writes', requirement: 'W-56' },
  },
  {
    name: 'sends a batch twice at a time',
    file,
    text: '            return self._client.execute_command("EVALSHA", self._sha, *arguments)\n',
    by: `            import concurrent.futures
            with concurrent.futures.ThreadPoolExecutor() as pool:
                send = lambda: self._client.execute_command("EVALSHA", self._sha, *arguments)
                return [pool.submit(send) for _ in range(2 if batch["number"] == 2 else 1)][0].result()
`,
    ...{ caughtBy: 'answer-delayed', requirement: 'W-29', orRequirement: 'W-48' },
  },
  {
    name: 'takes READONLY for an answer',
    file,
    text: '            self._client.connection_pool.disconnect()\n            raise\n',
    by: '            self._held += _recordings(self._batches.popleft())\n            return\n',
    ...{ caughtBy: 'read-only', requirement: 'W-40' },
  },
];
