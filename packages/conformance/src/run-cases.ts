import type { ConformanceCase } from './cases/conformance-case.js';
import { ProtocolError, readDescription } from './protocol/read-answers.js';
import type { CaseOutcome, CaseResult, ConformanceResult } from './report/case-result.js';
import { OrderedReport } from './report/ordered-report.js';
import { Violation, type Finding } from './requirement.js';
import { adviseOnCalls, byIncarnation, checkCalls } from './rules/check-calls.js';
import { Scene } from './scene/scene.js';
import { Stage, type StageOptions } from './scene/stage.js';

const PLURALS = {
  ...{ counter: 'counters', gauge: 'gauges', histogram: 'histograms' },
  ...{ native_histograms: 'native histograms', exemplars: 'exemplars' },
} as const;

/** So many cases in a row of a writer that does not speak the protocol: the others would end the same. */
const MAX_BROKEN = 3;

/**
 * Runs the cases against a writer. Those that wait for time to pass run in parallel with the others, on their own Redis.
 * @param onResult called with each result when its case has ended
 * @throws Error when Redis cannot be started
 */
export async function runCases(
  cases: readonly ConformanceCase[],
  options: StageOptions,
  onResult: (result: CaseResult) => void = () => undefined,
): Promise<ConformanceResult> {
  const isShared = options.server !== undefined;
  const slow = cases.filter(({ isSlow }) => isSlow);
  const lanes = isShared ? [cases] : [cases.filter(({ isSlow }) => isSlow !== true), ...slow.map((each) => [each])];
  const report = new OrderedReport(cases, onResult);
  const ended = await Promise.all(
    lanes.filter((lane) => lane.length > 0).map((lane) => runLane(lane, options, (result) => report.take(result))),
  );
  const results = ended.flatMap((lane) => lane.results);
  return {
    writer: ended.find(({ writer }) => writer !== undefined)?.writer ?? options.command.join(' '),
    results: cases.flatMap(({ name }) => results.find((result) => result.name === name) ?? []),
  };
}

async function runLane(
  cases: readonly ConformanceCase[],
  options: StageOptions,
  onResult: (result: CaseResult) => void,
): Promise<{ readonly writer: string | undefined; readonly results: CaseResult[] }> {
  const stage = await Stage.start(options);
  const results: CaseResult[] = [];
  let writer: string | undefined;
  let broken = 0;
  try {
    for (const each of cases) {
      let result: CaseResult;
      if (broken === MAX_BROKEN) {
        const why = `the writer did not speak the protocol in ${MAX_BROKEN} cases before`;
        result = { name: each.name, durationMs: 0, kind: 'skipped', why };
      } else {
        result = await runCase(stage, each, (name) => (writer = name));
        broken = result.kind === 'broken' ? broken + 1 : 0;
      }
      results.push(result);
      onResult(result);
    }
  } finally {
    await stage.stop();
  }
  return { writer, results };
}

async function runCase(stage: Stage, each: ConformanceCase, onName: (name: string) => void): Promise<CaseResult> {
  const startedMs = performance.now();
  const outcome = await outcomeOf(stage, each, onName);
  return { name: each.name, durationMs: Math.round(performance.now() - startedMs), ...outcome };
}

async function outcomeOf(stage: Stage, each: ConformanceCase, onName: (name: string) => void): Promise<CaseOutcome> {
  await stage.clear();
  const scene = new Scene(stage, each.prefix);
  try {
    const description = readDescription(await stage.process(0).ask({ do: 'describe' }));
    onName(description.name);
    const known: readonly string[] = [...description.types, ...description.features];
    const missing = each.needs?.find((need) => !known.includes(need));
    if (missing !== undefined) return { kind: 'unsupported', what: PLURALS[missing] };
    let violation: Violation | undefined;
    try {
      await each.run(scene);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      violation = error;
    }
    // An error in a call is closer to the cause than its consequences.
    const finding = firstFinding(scene) ?? violation?.finding;
    const advice = [...scene.advice, ...adviseOnCalls(stage.proxy.calls)];
    if (violation === undefined) await scene.closeAll();
    else await stage.endAll();
    return finding === undefined ? { kind: 'ok', advice } : { kind: 'failed', finding };
  } catch (error) {
    await stage.endAll();
    if (!(error instanceof ProtocolError)) throw error;
    const finding = firstFinding(scene);
    if (finding === undefined) return { kind: 'broken', problem: error.message };
    return { kind: 'failed', finding: { ...finding, got: `${finding.got}; then: ${error.message}` } };
  }
}

function firstFinding({ context, proxy, writers, writersThatWrote }: Scene): Finding | undefined {
  const [malformed] = proxy.malformed;
  if (malformed !== undefined) return { requirements: ['W-13'], expected: malformed, got: 'another layout of a call' };
  const incarnations = byIncarnation(proxy.calls).size;
  if (incarnations < writersThatWrote) {
    const expected = `an id of its own for each of ${writersThatWrote} writers`;
    return { requirements: ['W-27'], expected, got: `${incarnations} ids` };
  }
  const marked = byIncarnation(proxy.calls.filter(({ call }) => call.mark !== undefined)).size;
  if (marked > writers) {
    return {
      requirements: ['W-47'],
      expected: 'one id for life of a writer with a mark',
      got: `${marked} of ${writers}`,
    };
  }
  const [first] = checkCalls(proxy.calls, context);
  return first;
}
