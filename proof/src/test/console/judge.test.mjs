// What the page makes of the facts, without a browser: the pure part of the console. Environment: PAGE, a file URL of the
// folder with its modules.

import assert from 'node:assert/strict';
import { test } from 'node:test';

const { byPain, state, trend, verdict } = await import(`${process.env.PAGE}judge.js`);
const { plain, seconds, size, span } = await import(`${process.env.PAGE}words.js`);

const provider = (more) => ({
  name: 'a.example',
  rcp: 0,
  conn: 0,
  delivered: 0,
  deferred: 0,
  bounced: 0,
  backoff: 0,
  paused: 0,
  holding: '',
  lastError: '',
  lastErrorTime: '',
  ...more,
});

function status({ minute = 0, hour = 0, waiting = 0, came = 0, stopping = false } = {}) {
  const flow = (out, into) => ({ out: { rcp: out }, in: { rcp: into } });
  return {
    timeNow: '2026-03-01 10:05:00',
    shuttingDown: stopping,
    traffic: { lastMin: flow(minute, came), lastHr: flow(hour, came) },
    queue: { smtp: { rcp: waiting } },
  };
}

test('mail that flows with nobody in trouble is well', () => {
  const said = verdict(status({ minute: 12300, waiting: 10 }), [provider({ rcp: 10, delivered: 900 })], 0);
  assert.equal(said.tone, 'ok');
  assert.equal(said.text, 'Mail flows: 12,300 delivered in the last minute.');
});

test('mail that flows while one provider refuses is a warning that names it', () => {
  const said = verdict(
    status({ minute: 5, waiting: 400 }),
    [
      provider({ delivered: 90 }),
      provider({
        name: 'b.example',
        rcp: 400,
        deferred: 30,
        lastError: '451 later',
        lastErrorTime: '2026-03-01 10:04:00',
      }),
    ],
    0,
  );
  assert.equal(said.tone, 'warn');
  assert.equal(said.text, 'Mail flows: 5 delivered in the last minute; 1 provider refuses.');
  assert.equal(said.more, 'b.example: 400 wait – 451 later (10:04:00)');
});

test('silence with mail waiting tells how long it has lasted', () => {
  const said = verdict(
    status({ waiting: 9 }),
    [1, 2, 3, 4].map((i) => provider({ name: `${i}.example`, rcp: 9, deferred: 9 })),
    seconds('2026-03-01 10:02:00'),
  );
  assert.equal(said.tone, 'bad');
  assert.equal(said.text, 'Nothing delivered for 3 min; 4 providers refuse.');
});

test('what operators have paused is no alarm', () => {
  const said = verdict(status({ waiting: 9 }), [provider({ rcp: 9, paused: 1 })], 0);
  assert.equal(said.tone, 'warn');
  assert.equal(said.text, 'Nothing delivered for a minute; 1 provider is paused.');
});

test('no mail at all is neither good nor bad', () => assert.equal(verdict(status(), [], 0).tone, 'idle'));

test('a server that stops says so first', () =>
  assert.match(verdict(status({ stopping: true, minute: 5 }), [], 0).text, /is stopping/));

test('one refused recipient makes no refusing provider', () => {
  assert.equal(state(provider({ rcp: 5, bounced: 1 })).word, 'waits');
  assert.equal(state(provider({ rcp: 5, deferred: 1 })).word, 'defers');
  assert.equal(state(provider({ rcp: 5, deferred: 3 })).word, 'refuses');
});

test('the worst stands first, then what waits most', () => {
  const list = [
    provider({ name: 'well', rcp: 900, delivered: 9 }),
    provider({ name: 'paused', rcp: 1, paused: 1 }),
    provider({ name: 'backoff', rcp: 2, delivered: 1, backoff: 2 }),
    provider({ name: 'refuses', rcp: 1, deferred: 5 }),
    provider({ name: 'refuses more', rcp: 7, deferred: 5 }),
  ];
  assert.deepEqual(
    list.sort(byPain).map((p) => p.name),
    ['refuses more', 'refuses', 'backoff', 'paused', 'well'],
  );
});

test('a trend compares with the minutes that there were', () => {
  assert.equal(trend(100, 6000, 7200), 'as in the last hour (100 a minute)');
  assert.equal(trend(50, 6000, 7200), '50 % below the hour’s 100 a minute');
  assert.equal(trend(100, 1000, 600), 'as in the last hour (100 a minute)');
  assert.equal(trend(100, 100, 60), '');
});

test('sizes and spans have the unit that a person would take', () => {
  assert.deepEqual(
    [size(0), size(0.4), size(999), size(1536), size(5_000_000)],
    ['0 KB', '1 KB', '999 KB', '1.5 MB', '4.8 GB'],
  );
  assert.deepEqual([span(45), span(180), span(7500), span(273_600)], ['45 s', '3 min', '2 h 5 min', '3 d 4 h']);
});

test('what would steer is spelled out', () => assert.equal(plain('a\u0007b\u202ec<b>'), 'a\\x07b\\u202ec<b>'));
