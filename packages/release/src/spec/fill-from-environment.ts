const PLACEHOLDER = /\$\{([A-Za-z_]\w*)\}/g;

/**
 * A release with each `${NAME}` filled in from the environment, but for the tasks that judge: these fill in theirs when they run, so that
 * nothing secret comes into a plan, a result or an error. A name without a value stays as it is.
 */
export function fillFromEnvironment(
  release: object,
  environment: Readonly<Record<string, string | undefined>>,
): object {
  return Object.fromEntries(
    Object.entries(release).map(([field, value]: [string, unknown]) => [
      field,
      field === 'rollout' ? withoutJudge(value, environment) : filled(value, environment),
    ]),
  );
}

function withoutJudge(rollout: unknown, environment: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof rollout !== 'object' || rollout === null || !('judge' in rollout)) return filled(rollout, environment);
  return { ...(filled(rollout, environment) as object), judge: rollout.judge };
}

function filled(value: unknown, environment: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === 'string') {
    return value.replace(PLACEHOLDER, (whole, name: string) => {
      const found = Object.hasOwn(environment, name) ? environment[name] : undefined;
      return found === undefined || found === '' ? whole : found;
    });
  }
  if (Array.isArray(value)) return value.map((each) => filled(each, environment));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]: [string, unknown]) => [name, filled(each, environment)]),
  );
}
