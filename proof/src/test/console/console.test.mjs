// The console of a running server, met with a real browser. Environment: URL, SOCKET, SMTP of a server with
// administrators; MONITOR_URL of one whose visitors may only look; PASSWORD; HOSTILE, the text that a receiver answers
// with; PICTURES, a folder, or empty for no pictures.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { control, isAccessible, launch, picture, queues, recipients, send, until, watched } from './tools.mjs';

const { URL: HOME, SOCKET, SMTP, MONITOR_URL, MONITOR_SOCKET, PASSWORD, HOSTILE } = process.env;
const REFUSING = 'refusing.example';

let browser;
let main;

before(async () => {
  browser = await launch();
  main = await watched(browser, { width: 1200, height: 820 });
});

after(() => browser.close());

const row = (page, table, text) => page.locator(`#${table} tbody tr`).filter({ hasText: text });

async function logIn(page) {
  await until(async () => {
    if (await page.locator('#page').isVisible()) return true;
    await page.fill('#password', PASSWORD);
    // Waits until the button may be pressed: after a wrong password the server asks for a pause.
    await page.click('#enter');
    await page.waitForFunction(
      () => !document.getElementById('page').hidden || document.getElementById('gate-said').textContent !== '',
    );
    return page.locator('#page').isVisible();
  }, 'the log-in');
  // A pointer on a table holds its order.
  await page.mouse.move(2, 2);
}

/** From the row of a queue to its panel. */
async function open(page, name) {
  await page.fill('#find', name);
  await row(page, 'queues', name).locator('button.name').click();
  await page.waitForSelector('#d-acts > *');
}

async function act(page, name) {
  await page.locator('#d-acts button', { hasText: name }).click();
  await page.waitForSelector('#ask[open]');
  await page.waitForFunction(() => !document.getElementById('ask-yes').disabled);
}

test('a wrong password is refused and the right one opens', async () => {
  const { page } = main;
  await main.go(HOME);
  await page.waitForSelector('#password');
  assert.ok(await page.locator('#page').isHidden());
  await isAccessible(page, 'log-in');
  await picture(page, 'log-in', { clip: { x: 330, y: 180, width: 540, height: 460 } });

  await page.fill('#password', `${PASSWORD}x`);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.getElementById('gate-said').textContent.includes('not the password'));
  assert.ok(await page.locator('#page').isHidden());
  assert.equal(await page.evaluate(() => document.activeElement.id), 'password');
  await isAccessible(page, 'refused log-in');

  await logIn(page);
  await page.waitForSelector('#verdict.idle');
  assert.match(await page.textContent('#role'), /admin/);
});

test('a server without mail says so', async () => {
  const { page } = main;
  await page.waitForSelector('#queues-none:not([hidden])');
  assert.match(await page.textContent('#verdict-said'), /Nothing waits and nothing moves/);
  assert.match(await page.textContent('#queues-none'), /No queue holds mail/);
  await isAccessible(page, 'empty');
  await picture(page, 'empty', { clip: { x: 0, y: 0, width: 1200, height: 560 } });
});

test('the receiver that refuses stands on top of the board, and the verdict names it', async () => {
  const { page } = main;
  await send(SMTP, [
    ...recipients('roomy.example', 12, 40),
    ...recipients('bigmail.example', 25, 40),
    ...recipients(REFUSING, 6, 20),
    ...recipients('grey.example', 2, 8),
    ...recipients('closed.example', 3, 10),
    ...recipients('picky.example', 4, 25),
  ]);
  await until(async () => (await queues(SOCKET, `${REFUSING}/*`))[0]?.errors.length > 0, 'the refusal is remembered');
  await page.waitForSelector('#verdict.warn');
  await page.waitForFunction(
    (name) =>
      [...document.querySelectorAll('#providers tbody tr')].slice(0, 2).some((r) => r.textContent.includes(name)),
    REFUSING,
  );

  assert.match(await page.textContent('#verdict-said'), /^Mail flows: [\d,]+ delivered in the last minute; .*refuse/);
  assert.match(await page.textContent('#verdict'), /refusing\.example|closed\.example/);
  assert.match(await row(page, 'providers', REFUSING).textContent(), /refuses/);
  assert.match(await row(page, 'providers', 'roomy.example').textContent(), /flows|at rest/);
  await isAccessible(page, 'board');
});

test('the panel tells errors, why the mail waits, and where settings come from', async () => {
  const { page } = main;
  await open(page, REFUSING);
  await page.waitForSelector('#d-more .notes');
  const body = await page.textContent('#detail-body');
  assert.match(body, /Last errors/);
  assert.match(body, /421 4\.7\.0 too much mail/);
  assert.match(body, /Changes of mode/);
  assert.match(await page.textContent('#d-queue summary'), /Queue settings: \d+ set/);
  await page.click('#d-queue summary');
  assert.match(await page.textContent('#d-queue'), /retry-after.*config:\d+/s);
  await page.click('#d-queue summary');
  assert.equal(await page.evaluate(() => document.querySelector('#detail').contains(document.activeElement)), true);
  await isAccessible(page, 'panel');
  await page.evaluate(() => document.getElementById('detail').scrollTo(0, 0));
  await picture(page, 'drill-down', { clip: { x: 420, y: 0, width: 780, height: 820 } });
});

test('a pause with a duration says what it concerns, and the server pauses', async () => {
  const { page } = main;
  await act(page, 'Pause');
  assert.match(await page.textContent('#ask-what'), /It concerns \d+ waiting recipients/);
  await page.click('#ask-for label:has([value="15m"])');
  assert.match(await page.textContent('#ask-same'), /^sluice pause queue --for=15m refusing\.example\/\S+$/);
  assert.equal(await page.textContent('#ask-yes'), 'Pause for 15 minutes');
  await isAccessible(page, 'question');
  await picture(page, 'pause', { clip: { x: 290, y: 200, width: 620, height: 420 } });
  await page.click('#ask-yes');
  await page.waitForFunction(() => !document.getElementById('ask').open);

  await until(
    async () => (await queues(SOCKET, `${REFUSING}/*`))[0].paused === 'yes',
    'the control socket tells of the pause',
  );
  await page.locator('#d-acts button', { hasText: 'Resume' }).waitFor();
  assert.match(await page.textContent('#d-facts'), /paused/);
});

test('resume, backoff, normal mode and an attempt now reach the server', async () => {
  const { page } = main;
  await act(page, 'Resume');
  await page.click('#ask-yes');
  await until(async () => (await queues(SOCKET, `${REFUSING}/*`))[0].paused === 'no', 'resumed');

  await page.locator('#d-acts button', { hasText: 'Backoff' }).waitFor();
  await act(page, 'Backoff');
  await page.keyboard.press('Enter');
  await until(async () => (await queues(SOCKET, `${REFUSING}/*`))[0].mode === 'backoff', 'backoff');
  await page.locator('#d-acts button', { hasText: 'Normal' }).waitFor();
  await act(page, 'Normal');
  await page.keyboard.press('Enter');
  await until(async () => (await queues(SOCKET, `${REFUSING}/*`))[0].mode === 'normal', 'normal');

  await page.waitForFunction(() => !document.getElementById('ask').open);
  await act(page, 'Try now');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.getElementById('notice').textContent.includes('scheduled'));
});

test('a question that is cancelled changes nothing, and the focus returns', async () => {
  const { page } = main;
  await act(page, 'Pause');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.getElementById('ask').open);
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Pause/);
  assert.equal((await queues(SOCKET, `${REFUSING}/*`))[0].paused, 'no');

  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.getElementById('detail').open);
  assert.ok(await page.evaluate(() => document.activeElement.matches('#queues button.name')));
});

test('the table is filtered, sorted and worked by keyboard', async () => {
  const { page } = main;
  await page.fill('#find', '');
  await page.locator('#find').blur();
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'find');
  await page.keyboard.type('*/{default}');
  await page.waitForFunction(() => !document.getElementById('group').hidden);
  await page.fill('#find', 'closed');
  await page.waitForFunction(() => document.querySelectorAll('#queues tbody tr').length === 1);
  await page.fill('#find', 'nothing-like-it');
  await page.waitForSelector('#queues-none:not([hidden])');
  await page.fill('#find', '');
  await page.click('#queues [data-sort=name]');
  await page.mouse.move(2, 2);
  await until(async () => {
    const names = await page.locator('#queues tbody tr').evaluateAll((list) => list.map((r) => r.dataset.key));
    return names.length > 1 && names.join() === [...names].sort((a, b) => a.localeCompare(b)).join();
  }, 'sorted by name');
  assert.equal(await page.getAttribute('#queues th:first-child', 'aria-sort'), 'ascending');
  await page.focus('#queues tbody tr:first-child button.name');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#detail[open]');
  await page.keyboard.press('Escape');
  await page.click('#queues [data-sort=rcp]');
});

test('a command without the token, or with another, is refused', async () => {
  const { page } = main;
  const statuses = await page.evaluate(
    async (words) => {
      const body = JSON.stringify({ command: words });
      const post = (headers) =>
        fetch('/command', { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body }).then(
          (answer) => answer.status,
        );
      return [await post({}), await post({ 'X-CSRF-Token': 'A'.repeat(43) })];
    },
    ['pause', 'queue', `${REFUSING}/*`],
  );
  assert.deepEqual(statuses, [403, 403]);
  assert.equal((await queues(SOCKET, `${REFUSING}/*`))[0].paused, 'no');
});

test('who may only look gets no buttons, and the server refuses as well', async () => {
  await send(process.env.MONITOR_SMTP, recipients(REFUSING, 1, 3));
  const guest = await watched(browser);
  const { page } = guest;
  await guest.go(MONITOR_URL);
  await page.waitForSelector('#queues tbody tr');
  assert.equal(await page.textContent('#role'), 'monitor');
  await open(page, REFUSING);
  assert.equal(await page.locator('button[data-act]').count(), 0);
  assert.match(await page.textContent('#d-acts'), /may look, not act/);
  await isAccessible(page, 'monitor');
  const status = await page.evaluate(
    async (words) => {
      const { csrf } = await (await fetch('/session')).json();
      const answer = await fetch('/command', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf },
        body: JSON.stringify({ command: words }),
      });
      return answer.status;
    },
    ['pause', 'queue', `${REFUSING}/*`],
  );
  assert.equal(status, 403);
  assert.equal((await queues(MONITOR_SOCKET, `${REFUSING}/*`))[0].paused, 'no');
  guest.isClean();
  await guest.context.close();
});

test('the board is the same board in the dark and on a telephone', async () => {
  const { page } = main;
  await page.fill('#find', '');
  await page.evaluate(() => scrollTo(0, 0));
  await control(SOCKET, 'set', 'queue', '--mode=backoff', `${REFUSING}/*`);
  await control(SOCKET, 'pause', 'queue', 'closed.example/*');
  await page.mouse.move(2, 2);
  await row(page, 'providers', REFUSING).locator('.chip.backoff').waitFor();
  await row(page, 'providers', 'closed.example').locator('.chip.paused').waitFor();
  await page.waitForFunction(() => document.querySelector('.line'));
  await page.evaluate(() => document.activeElement.blur());
  await picture(page, 'board');
  await page.emulateMedia({ colorScheme: 'dark' });
  await isAccessible(page, 'dark board');
  await picture(page, 'dark');
  await page.emulateMedia({ colorScheme: 'light' });

  for (const width of [360, 768, 1024, 1920]) {
    await page.setViewportSize({ width, height: 740 });
    assert.ok(
      await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      `the page is wider than ${width} px`,
    );
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await isAccessible(page, 'narrow board');
  await page.evaluate(() => scrollTo(0, 0));
  await picture(page, 'narrow');
  await open(page, REFUSING);
  assert.ok(await page.evaluate(() => document.getElementById('detail').scrollWidth <= innerWidth));
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await isAccessible(page, 'narrow panel');
  await act(page, 'Pause');
  assert.ok(await page.evaluate(() => document.getElementById('ask').scrollWidth <= innerWidth));
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 1200, height: 820 });
});

test('a hostile answer of a receiver is shown as text, the queue’s and a recipient’s', async () => {
  const { page } = main;
  await page.fill('#find', '');
  await send(SMTP, [['ann@hostile.example', 'ann@mean.example']]);
  for (const [name, list] of [
    ['mean.example', '#d-more [aria-label="Recipients lately"]'],
    ['hostile.example', '#d-more .notes'],
  ]) {
    await open(page, name);
    await page.waitForFunction(
      ([where, text]) => document.querySelector(where)?.textContent.includes(text),
      [list, HOSTILE.split('|')[0]],
    );
    const shown = await page.textContent('#detail-body');
    for (const piece of HOSTILE.split('|')) assert.ok(shown.includes(piece), `${piece} is not in ${shown}`);
    assert.doesNotMatch(shown, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
  assert.equal(await page.locator('#page script, #page img:not([src="icon.svg"]), #page b').count(), 0);
  assert.equal(await page.evaluate(() => globalThis.harmed), undefined);
  await page.click('#detail-close');
});

test('fifty queues are told and may be seen', async () => {
  const { page } = main;
  await page.fill('#find', '');
  const crowd = Array.from({ length: 48 }, (_, i) =>
    Array.from({ length: 1 + ((i * 7) % 11) }, (_, j) => `user${j}@crowd-${String(i + 1).padStart(2, '0')}.example`),
  );
  await send(SMTP, crowd);
  await control(SOCKET, 'pause', 'queue', 'crowd-07.example/*');
  await control(SOCKET, 'set', 'queue', '--mode=backoff', 'crowd-1*.example/*');
  await page.waitForFunction(() => !document.getElementById('queues-more').hidden);
  await page.click('#queues-more');
  await page.mouse.move(2, 2);
  await page.waitForFunction(() => document.querySelectorAll('#queues tbody tr').length >= 52);
  await page.locator('#which label', { hasText: 'Backoff' }).click();
  // Those and the one that refuses.
  await page.waitForFunction(() => [...document.querySelectorAll('#queues tbody tr')].length === 11);
  await page.locator('#which label', { hasText: 'All' }).click();
  await page.waitForFunction(() => document.querySelectorAll('#queues tbody tr').length >= 52);
  await isAccessible(page, 'crowded');
  await page.evaluate(() => document.getElementById('providers-more').scrollIntoView());
  await picture(page, 'crowded');
});

test('a group is paused by a pattern, with the sum of its mail', async () => {
  const { page } = main;
  await page.fill('#find', 'crowd-2*');
  await page.locator('#group button', { hasText: 'Pause' }).click();
  await page.waitForFunction(() => !document.getElementById('ask-yes').disabled);
  assert.match(await page.textContent('#ask-what'), /It concerns \d+ waiting recipients .* in 10 queues/);
  await page.click('#ask-for label:has([value=""])');
  await page.click('#ask-yes');
  await until(
    async () => (await queues(SOCKET, 'crowd-2*/*')).every((q) => q.paused === 'yes'),
    'all of them are paused',
  );
  assert.equal((await queues(SOCKET, 'crowd-31.example/*'))[0].paused, 'no');
  await page.fill('#find', '');
});

test('a session that ends elsewhere ends here', async () => {
  const { page } = main;
  const other = await watched(browser, { context: main.context });
  await other.go(HOME);
  await other.page.waitForSelector('#queues tbody tr');
  await other.page.click('#leave');
  await other.page.waitForSelector('#gate:not([hidden])');
  assert.match(await other.page.textContent('#gate-said'), /You have logged out/);
  await isAccessible(other.page, 'logged out');
  other.isClean();
  await other.page.close();

  await page.waitForSelector('#gate:not([hidden])');
  assert.match(await page.textContent('#gate-said'), /session has ended/);
  assert.equal(await page.evaluate(() => fetch('/queues?format=json').then((answer) => answer.status)), 401);
  await logIn(page);
  await page.waitForSelector('#queues tbody tr');
});

test('when the server is gone the page says since when, and nothing can be done', async () => {
  const { page } = main;
  await open(page, REFUSING);
  await control(SOCKET, 'shutdown');
  await page.waitForSelector('body.is-stale');
  await page.waitForSelector('#stale:not([hidden])');
  assert.match(await page.textContent('#live'), /stale since \d\d:\d\d:\d\d/);
  assert.match(await page.textContent('#stale-said'), /No news from the server since \d{4}-/);
  assert.ok(await page.locator('#d-acts button').first().isDisabled());
  await page.click('#detail-close');
  await isAccessible(page, 'stale');
  await page.evaluate(() => scrollTo(0, 0));
  await picture(page, 'stale');
});

test('through all of this the browser had nothing to complain of', () => main.isClean());
