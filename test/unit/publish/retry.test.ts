import fc from 'fast-check';
import {expect, test} from 'vitest';
import {err, ok, type Result} from '../../../src/model/result.ts';
import {retryLimits, withRetries, type Retry, type Retryable} from '../../../src/publish/retry.ts';
import {createFakeWaiting} from '../../fakes/fake-waiting.ts';

const busy: Retryable = {kind: 'server-error', passing: true, because: 'HOST answered 503'};
const limited: Retryable = {kind: 'rate-limited', passing: true, because: 'HOST answered 429'};
const denied: Retryable = {kind: 'denied', passing: false, because: 'denied'};
const expired: Retryable = {kind: 'login-expired', passing: false, because: 'expired'};

interface Setting {
  readonly answers: readonly (Retryable | 'done')[];
  readonly random?: number;
  readonly repair?: (failure: Retryable) => Promise<boolean>;
  readonly signal?: AbortSignal;
  readonly onRetry?: () => void;
}

async function retry({answers, random, repair, onRetry, signal}: Setting) {
  const waiting = createFakeWaiting(undefined, random);
  const retries: Retry[] = [];
  const numbers: number[] = [];
  const result: Result<string, Retryable> = await withRetries({
    attempt: (number) => {
      const answer = answers[numbers.length] ?? 'done';
      numbers.push(number);
      return Promise.resolve(answer === 'done' ? ok(answer) : err(answer));
    },
    onRetry: (next) => {
      retries.push(next);
      onRetry?.();
    },
    waiting,
    signal: signal ?? new AbortController().signal,
    ...(repair && {repair}),
  });
  return {result, retries, tries: numbers.length, pauses: waiting.pauses};
}

test('a success is tried once and waits for nothing', async () => {
  expect(await retry({answers: ['done']})).toEqual({
    result: ok('done'),
    retries: [],
    tries: 1,
    pauses: [],
  });
});

test('a passing failure is tried again after pauses that double, at most three times', async () => {
  const ended = await retry({answers: [busy, busy, busy, busy, 'done'], random: 0});
  expect(ended.result).toEqual(err(busy));
  expect(ended.pauses).toEqual([1000, 2000, 4000]);
  expect(ended.retries).toEqual([
    {because: 'HOST answered 503', delayMs: 1000, attempt: 2, of: 4},
    {because: 'HOST answered 503', delayMs: 2000, attempt: 3, of: 4},
    {because: 'HOST answered 503', delayMs: 4000, attempt: 4, of: 4},
  ]);
});

test('where requests are limited without a time the pauses are longer', async () => {
  const {pauses} = await retry({answers: [limited, limited, limited], random: 0});
  expect(pauses).toEqual([5000, 10_000, 20_000]);
});

test('what the other side asks for is waited for, and something by chance on top', async () => {
  const {pauses} = await retry({answers: [{...limited, retryAfterMs: 30_000}], random: 0.5});
  expect(pauses).toEqual([31_000]);
});

test('a pause that is too long ends it: a limit of six hours is not waited for', async () => {
  const sixHours = {...limited, retryAfterMs: 6 * 3_600_000};
  expect(await retry({answers: [sixHours]})).toMatchObject({
    result: err(sixHours),
    tries: 1,
    pauses: [],
  });
});

test('what does not pass is not tried again', async () => {
  expect(await retry({answers: [denied]})).toMatchObject({result: err(denied), tries: 1});
  expect(await retry({answers: [busy, denied]})).toMatchObject({result: err(denied), tries: 2});
});

test('what can be mended is mended once for each kind, and tried again at once', async () => {
  const asked: string[] = [];
  const repair = (failure: Retryable): Promise<boolean> => {
    asked.push(failure.kind);
    return Promise.resolve(failure.kind === 'login-expired');
  };
  expect(await retry({answers: [expired], repair})).toMatchObject({
    result: ok('done'),
    tries: 2,
    pauses: [],
  });
  expect(await retry({answers: [expired, expired], repair})).toMatchObject({
    result: err(expired),
    tries: 2,
  });
  expect(await retry({answers: [denied], repair})).toMatchObject({result: err(denied), tries: 1});
  expect(asked).toEqual(['login-expired', 'login-expired', 'denied']);
});

test('a try after mending is on top of the others', async () => {
  const repair = (): Promise<boolean> => Promise.resolve(true);
  const ended = await retry({answers: [expired, busy, busy, busy], repair, random: 0});
  expect(ended).toMatchObject({result: ok('done'), tries: 5, pauses: [1000, 2000, 4000]});
  expect(ended.retries.map(({attempt, of}) => [attempt, of])).toEqual([
    [3, 5],
    [4, 5],
    [5, 5],
  ]);
});

test('an abort during a pause makes no further try', async () => {
  const stop = new AbortController();
  const ended = await retry({
    answers: [busy],
    signal: stop.signal,
    onRetry: () => {
      stop.abort();
    },
  });
  expect(ended).toMatchObject({result: err(busy), tries: 1});
});

test('whatever fails how often: no pause is shorter than asked, all together are not too long', async () => {
  const failures = fc.record({
    kind: fc.constantFrom('server-error', 'rate-limited', 'timeout'),
    passing: fc.boolean(),
    because: fc.constant('x'),
    retryAfterMs: fc.integer({min: 0, max: 200_000}),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(failures),
      fc.double({min: 0, max: 0.999, noNaN: true}),
      async (answers, random) => {
        const {pauses, tries, result} = await retry({answers, random});
        expect(tries).toBeLessThanOrEqual(retryLimits.attempts);
        expect(pauses.length).toBe(tries - 1);
        pauses.forEach((pause, at) => {
          expect(pause).toBeGreaterThanOrEqual(answers[at]?.retryAfterMs ?? 0);
        });
        expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(
          retryLimits.totalPauseMs,
        );
        expect(result.ok).toBe(answers[tries - 1] === undefined);
      },
    ),
  );
});
