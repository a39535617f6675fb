/** The lines of an answer that are of applications, not of the exporter. */
export function applicationLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !/^(?:# (?:HELP|TYPE) )?redmeter_/.test(line));
}

/** The value of a series in an answer; undefined when it is not there. */
export function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}
