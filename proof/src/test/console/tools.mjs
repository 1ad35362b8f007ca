// A browser that keeps watch, a client of the control socket, a sender of mail.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** A busy machine takes its time; PATIENCE shortens it for whoever mends a test. */
export const PATIENCE_MS = Number(process.env.PATIENCE ?? 30_000);

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/**
 * A page that keeps what must not happen: requests to other origins, violations of the policy, errors of the console and of
 * scripts. Answers that a test provokes by intent (401 before the log-in, 403) are not errors of the page; Chromium logs
 * them all the same, by status.
 */
export async function watched(browser, { width = 1280, height = 900, dark = false, context = null } = {}) {
  const own =
    context ??
    (await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
      locale: 'en-GB',
    }));
  own.setDefaultTimeout(PATIENCE_MS);
  const page = await own.newPage();
  const faults = [];
  const strangers = [];
  let origin = '';
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (e) =>
      console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`),
    ),
  );
  page.on('console', (m) => {
    const isProvoked =
      /^Failed to load resource: (the server responded with a status of (401|403|429)|net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|CONNECTION_RESET|SOCKET_NOT_CONNECTED))/.test(
        m.text(),
      );
    if (['error', 'warning'].includes(m.type()) && !isProvoked) faults.push(`${m.type()}: ${m.text()}`);
  });
  page.on('pageerror', (e) => faults.push(`script: ${e.message}`));
  page.on('dialog', (d) => {
    faults.push(`dialog: ${d.message()}`);
    void d.dismiss();
  });
  page.on('request', (r) => {
    if (origin && new URL(r.url()).origin !== origin) strangers.push(r.url());
  });
  return {
    page,
    context: own,
    async go(url) {
      origin = new URL(url).origin;
      await page.goto(url);
    },
    isClean() {
      assert.deepEqual(faults, [], 'the browser complains');
      assert.deepEqual(strangers, [], 'something else than the server was asked');
    },
  };
}

/** No finding of axe that is serious or critical, in the state that is shown. */
export async function isAccessible(page, state) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const grave = found.violations
    .filter((v) => ['serious', 'critical'].includes(v.impact))
    .map(
      (v) =>
        `${v.id}: ${v.help}\n${v.nodes
          .slice(0, 4)
          .map((n) => `    ${n.target.join(' ')}: ${n.failureSummary.replaceAll('\n', ' ')}`)
          .join('\n')}`,
    );
  assert.deepEqual(grave, [], `axe finds in "${state}":\n${grave.join('\n')}`);
}

/**
 * The pointer away, so that nothing is lit and rows take their order, no notice over the tables, and the folder of a test
 * as the usual one, which means more to a reader; then the picture, if pictures are wanted.
 */
export async function picture(page, name, options = {}) {
  if (!process.env.PICTURES) return;
  await page.mouse.move(2, 2);
  await page.evaluate((folder) => {
    document.getElementById('notice').textContent = '';
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const said = texts.currentNode.data;
      if (said.includes(folder)) texts.currentNode.data = said.replaceAll(folder, '/etc/sluice');
    }
  }, path.dirname(process.env.SOCKET));
  await page.screenshot({ path: `${process.env.PICTURES}/${name}.png`, animations: 'disabled', ...options });
}

/** Waits until it holds; the last failure is the one that is told. */
export async function until(claim, what) {
  const begun = performance.now();
  for (;;) {
    let problem;
    try {
      if (await claim()) return;
    } catch (error) {
      problem = error;
    }
    if (performance.now() - begun > PATIENCE_MS)
      throw new Error(`in ${PATIENCE_MS / 1000} s it has not come to pass: ${what}`, { cause: problem });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** One command over the control socket: `{ status, out }`. */
export function control(socket, ...words) {
  return new Promise((resolve, reject) => {
    let said = Buffer.alloc(0);
    const to = net.connect({ path: socket });
    to.on('error', reject);
    to.on('data', (piece) => {
      said = Buffer.concat([said, piece]);
    });
    to.on('end', () => {
      const head = said.indexOf(10);
      const [status, length] = said.subarray(0, head).toString().split(' ').map(Number);
      resolve({
        status,
        out: said.subarray(head + 1, head + 1 + length).toString(),
        err: said.subarray(head + 1 + length).toString(),
      });
    });
    to.write(`${words.map((word) => `${word}\0`).join('')}\0`);
  });
}

/** The queues that match, as the control socket tells them. */
export async function queues(socket, pattern) {
  const answer = await control(socket, '--json', 'show', 'queues', '--errors', '--maxitems=200', pattern);
  assert.equal(answer.status, 0, answer.err);
  return JSON.parse(answer.out).data.queues;
}

/** Sends one message to each list of recipients, over one session. */
export async function send(port, lists) {
  const to = net.connect({ port, host: '127.0.0.1' });
  to.setNoDelay(true);
  let text = '';
  let wake = () => {};
  let gone = null;
  to.on('data', (piece) => {
    text += piece;
    wake();
  });
  to.on('error', (error) => {
    gone = error;
    wake();
  });
  const reply = async () => {
    for (;;) {
      const end = /^(\d{3}) [^\n]*\n/m.exec(text);
      if (end) {
        text = text.slice(end.index + end[0].length);
        return end[1];
      }
      if (gone) throw gone;
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
  };
  const ask = async (line, expected) => {
    to.write(`${line}\r\n`);
    assert.equal(await reply(), expected, line.slice(0, 80));
  };
  assert.equal(await reply(), '220');
  await ask('EHLO client.example', '250');
  for (const list of lists) {
    await ask('MAIL FROM:<news@sender.example>', '250');
    for (const recipient of list) await ask(`RCPT TO:<${recipient}>`, '250');
    await ask('DATA', '354');
    await ask(
      `From: news@sender.example\r\nSubject: The weekly letter\r\n\r\n${'All the news of the week. '.repeat(40)}\r\n.`,
      '250',
    );
  }
  to.end('QUIT\r\n');
}

/** `how` lists of `many` recipients of a domain. */
export const recipients = (domain, how, many) =>
  Array.from({ length: how }, (_, i) => Array.from({ length: many }, (_, j) => `user${i * many + j}@${domain}`));
