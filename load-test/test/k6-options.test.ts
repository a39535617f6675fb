import { describe, expect, it } from '@jest/globals';
import { endpoints, profiles } from '../profiles.js';
import { k6Options, k6Settings } from '../src/k6-options.js';

describe('settings', () => {
  it.each([
    [{}, 'smoke', 'http://localhost:5050'],
    [{ PROFILE: '', BASE_URL: '' }, 'smoke', 'http://localhost:5050'],
    [{ PROFILE: 'spike', BASE_URL: 'https://store:80' }, 'spike', 'https://store:80'],
  ])('%j', (environment, profileName, baseUrl) => {
    expect(k6Settings(environment, profiles)).toEqual({ profileName, baseUrl, profile: profiles[profileName] });
  });

  it.each([
    [{ PROFILE: 'calm' }, 'PROFILE: expected one of smoke, load, stress, spike, got "calm"'],
    [{ PROFILE: 'constructor' }, 'PROFILE: expected one of smoke, load, stress, spike, got "constructor"'],
    [{ BASE_URL: 'store:5050' }, 'BASE_URL: expected http://host:port without a path, got "store:5050"'],
    [{ BASE_URL: 'http://s/a' }, 'BASE_URL: expected http://host:port without a path, got "http://s/a"'],
  ])('refuses %j', (environment, message) => {
    expect(() => k6Settings(environment, profiles)).toThrow(message);
  });
});

describe.each(Object.entries(profiles))('options of %s', (name, profile) => {
  const { scenarios, thresholds, summaryTrendStats } = k6Options(name, profile, endpoints);

  it("hold each of the profile's rates for its time", () => {
    const scenario = scenarios[name];
    expect(Object.keys(scenarios)).toEqual([name]);
    expect(scenario).toMatchObject({
      executor: 'ramping-arrival-rate',
      startRate: profile.stages[0]?.requestsPerSecond,
      maxVUs: profile.connections,
    });
    const held = scenario?.stages.filter((_, index) => index % 2 === 1);
    expect(held).toEqual(
      profile.stages.map(({ seconds, requestsPerSecond }) => ({ duration: `${seconds}s`, target: requestsPerSecond })),
    );
  });

  it('name a threshold for each limit and each number of the summary', () => {
    expect(thresholds[`http_req_failed{scenario:${name}}`]).toEqual([`rate<=${profile.limits.errorRate}`]);
    expect(thresholds[`http_req_duration{scenario:${name}}`]).toEqual([
      `p(95)<${profile.limits.p95Ms}`,
      `p(99)<${profile.limits.p99Ms}`,
    ]);
    expect(Object.keys(thresholds)).toHaveLength(2 + endpoints.length * 4);
    expect(summaryTrendStats).toEqual(expect.arrayContaining(['med', 'p(95)', 'p(99)']));
  });
});
