// What is asked of the server, and the stream of news. Only this origin is ever asked.

/** An answer that is not a success: `status` of HTTP (0: no answer at all), what the server said, and when to come again. */
export class Refused extends Error {
  constructor(status, text, retrySeconds = 0) {
    super(text);
    this.status = status;
    this.retrySeconds = retrySeconds;
  }
}

const PATIENCE_MS = 15_000;

async function request(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...options,
      headers: { Accept: 'application/json', ...options.headers },
    });
  } catch {
    throw new Refused(0, 'The server does not answer.');
  }
  const text = await answer.text();
  let data = null;
  try {
    data = text ? JSON.parse(text) : {};
  } catch {
    // A text or a page: what it says is shown if it is short.
  }
  if (!answer.ok) {
    const said =
      data?.message || data?.error || (data === null && text.length < 300 && !text.includes('<') ? text.trim() : '');
    throw new Refused(
      answer.status,
      said || `The server answered ${answer.status}.`,
      Number(answer.headers.get('Retry-After')) || 0,
    );
  }
  if (data === null) throw new Refused(answer.status, 'The server’s answer is no JSON.');
  if (data.status === 'error') throw new Refused(answer.status, data.message || 'The server refused it.');
  return data;
}

export const session = () => request('/session');

export const logIn = (password) => request('/login', { method: 'POST', body: new URLSearchParams({ password }) });

export const logOut = (csrf) => request('/logout', { method: 'POST', headers: { 'X-CSRF-Token': csrf } });

export const command = (words, csrf) =>
  request('/command', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf },
    body: JSON.stringify({ command: words }),
  });

export function ask(path, parameters = {}) {
  return request(`${path}?${new URLSearchParams({ ...parameters, format: 'json' })}`);
}

/**
 * The server's news, with a clock of its own: silence longer than `SILENCE_MS` is reported as stale, and the stream is
 * opened anew with growing pauses. `on`: news(name, data), live(), stale(secondsToNextTry), lost() when the session ended.
 */
export class Feed {
  static SILENCE_MS = 7_000;
  static LONGEST_PAUSE_S = 15;

  #on;
  #source = null;
  #last = 0;
  #tries = 0;
  #retryAt = 0;
  #clock = null;

  constructor(on) {
    this.#on = on;
  }

  start() {
    this.stop();
    this.#tries = 0;
    this.#open();
    this.#clock = setInterval(() => this.#look(), 1000);
  }

  stop() {
    this.#source?.close();
    this.#source = null;
    clearInterval(this.#clock);
  }

  retryNow() {
    this.#retryAt = 0;
    this.#look();
  }

  #open() {
    this.#source?.close();
    this.#last = performance.now();
    this.#retryAt = Infinity;
    const source = new EventSource('/events');
    this.#source = source;
    for (const name of ['status', 'queues', 'providers']) {
      source.addEventListener(name, (event) => {
        let data;
        try {
          data = JSON.parse(event.data);
        } catch {
          return;
        }
        this.#last = performance.now();
        this.#tries = 0;
        this.#retryAt = Infinity;
        this.#on.live();
        this.#on.news(name, data);
      });
    }
    source.addEventListener('error', () => {
      if (source === this.#source) this.#failed();
    });
  }

  #look() {
    const now = performance.now();
    if (this.#retryAt === Infinity) {
      if (now - this.#last > Feed.SILENCE_MS) this.#failed();
    } else if (now >= this.#retryAt) {
      this.#again();
    } else {
      this.#on.stale(Math.ceil((this.#retryAt - now) / 1000));
    }
  }

  #failed() {
    this.#source?.close();
    this.#source = null;
    const pause = Math.min(Feed.LONGEST_PAUSE_S, 2 ** this.#tries++);
    this.#retryAt = performance.now() + pause * 1000;
    this.#on.stale(pause);
  }

  /** An event stream does not say why it ended: the session does. */
  async #again() {
    this.#retryAt = performance.now() + PATIENCE_MS + 1000;
    try {
      this.#on.session(await session());
      if (this.#clock !== null) this.#open();
    } catch (refused) {
      if (refused.status === 401 || refused.status === 403) this.#on.lost(refused);
      else this.#failed();
    }
  }
}
