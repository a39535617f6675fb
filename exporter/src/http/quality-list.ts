/** One entry of an Accept or Accept-Encoding header. */
export interface QualityItem {
  /** The media range or coding, in lower case. */
  readonly value: string;
  /** Parameters but for `q`, names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 to 1; 0 means "not acceptable". */
  readonly quality: number;
}

/** Reads a header of values with quality (RFC 9110, section 12.4.2), in its order; what cannot be read is left out. */
export function parseQualityList(header: string): QualityItem[] {
  return header.split(',').flatMap((entry) => {
    const [value = '', ...rest] = entry.split(';').map((part) => part.trim());
    if (value === '') return [];
    const parameters = new Map<string, string>();
    let quality = 1;
    for (const parameter of rest) {
      const equals = parameter.indexOf('=');
      if (equals < 0) continue;
      const name = parameter.slice(0, equals).trim().toLowerCase();
      const text = parameter
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1');
      if (name !== 'q') parameters.set(name, text);
      else if (/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text)) quality = Number(text);
      else return [];
    }
    return [{ value: value.toLowerCase(), parameters, quality }];
  });
}
