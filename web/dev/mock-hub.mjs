// A stand-in hub for working on the client alone: the HTTP and websocket contract of docs/protocol.md,
// kept in memory, with answers from a script. `npm run dev:mock`, then `npm run dev` (or open the mock
// itself, which serves the built client). Signs in anybody; the password "onetime" must be changed.
//
// What a prompt makes it do: "long" a long answer with code and a table, "queue" waits first, "placing"
// and "prefill" take their time, "fail" fails half-way, "spent" fails with nothing to retry, "refuse" is
// refused, "database" too, "gap" loses a delta, "drop" cuts the line in the middle, "leave" (4409) and
// "slow" (4408) close it, "trim" sends the notice of a trimmed history, "die" leaves the answer
// interrupted, "lost", "update" and "adopt" stand still while others take over, "unsaved" is not stored
// for a while, "rewind" takes words back, "silent" loses the tail until it is asked for, "hang" stands
// still as a stopped process does, "stuck" is slow to stop, "maximum" and "budget" end there, "masked" has
// been masked. A telephone number (13800138000) has to be confirmed, a card (6222 0212 3456 7890) is refused.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { WebSocketServer } from 'ws';
import { answerTo, history } from './mock-answers.mjs';

const port = Number(process.env.PORT ?? 8080);
const pace = Number(process.env.PACE_MS ?? 30);
const root = new URL('../target/classes/web/', import.meta.url).pathname;
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const policy =
  "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'";

const users = new Map();
const sessions = new Map();
const conversations = new Map();
const generations = new Map();
const shares = new Map();
/** Texts of the files that were sent, by their ids. */
const files = new Map();
const sockets = new Set();
/** Until then connections are taken and nothing is said on them. */
let hangs = 0;
const models = [
  {
    name: 'atrium-starter',
    title: 'Starter (small, built in)',
    description: {
      en: 'A very small model that comes with Atrium. Fast, and good for a first look.',
      zh: '随 Atrium 附带的微型模型，速度快，适合初次体验。',
    },
    contextLength: 1024,
    available: true,
    default: true,
  },
  {
    name: 'house-8b',
    title: 'House 8B',
    description: { en: 'For longer and better answers.', zh: '回答更长、更好。' },
    contextLength: 32768,
    available: true,
    default: false,
  },
  {
    name: 'house-70b',
    title: 'House 70B',
    description: {
      en: 'The best we have; the machine is being serviced.',
      zh: '最好的模型，正在维护。',
    },
    contextLength: 65536,
    available: false,
    default: false,
  },
];

const length = (text) => [...text].length;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const problem = (code, message, args = {}, retryable = false) => ({
  code,
  args,
  message,
  retryable,
});

function seed() {
  for (const { title, days, turns } of history) {
    const id = randomUUID();
    const at = (minutes) =>
      new Date(Date.now() - days * 86_400_000 + minutes * 60_000).toISOString();
    let parentId = null;
    const messages = turns.map((turn, i) => {
      const message = {
        id: randomUUID(),
        parentId,
        role: i % 2 ? 'assistant' : 'user',
        createdAt: at(i),
        status: 'complete',
        ...(i % 2 ? { model: 'atrium-starter' } : {}),
        ...(typeof turn === 'string' ? { text: turn } : turn),
      };
      parentId = message.id;
      return message;
    });
    conversations.set(id, { id, title, updatedAt: at(turns.length), messages });
  }
}

function running(conversation) {
  const found = conversation.messages.find(
    (m) => m.generation && generations.get(m.generation.id)?.live,
  );
  return found?.generation.id ?? null;
}

function broadcast(frame) {
  for (const socket of sockets) socket.send(JSON.stringify(frame));
}

function start(conversation, userMessage, prompt, model) {
  const generation = {
    id: randomUUID(),
    epoch: 1,
    text: '',
    live: true,
    stopped: false,
    followers: new Set(),
    state: null,
    stored: true,
  };
  generation.emit = (frame) => {
    for (const socket of generation.followers) {
      socket.send(
        JSON.stringify({ generationId: generation.id, epoch: generation.epoch, ...frame }),
      );
    }
  };
  generations.set(generation.id, generation);
  const message = {
    id: randomUUID(),
    parentId: userMessage.id,
    role: 'assistant',
    text: '',
    createdAt: new Date().toISOString(),
    status: 'running',
    model: model ?? 'atrium-starter',
    generation: { id: generation.id, epoch: 1, position: 0 },
  };
  conversation.messages.push(message);
  conversation.updatedAt = message.createdAt;
  return { generation, message, run: () => write(generation, message, prompt) };
}

const cut = (close) => {
  for (const socket of sockets) close(socket);
};

/** Stands still as after the loss of a machine, then goes on. */
async function takeOver(generation, cause, epoch = generation.epoch) {
  generation.state = { type: 'generation.recovering', cause };
  generation.emit(generation.state);
  await wait(pace * 150);
  generation.epoch = epoch;
  generation.state = { type: 'generation.started', model: 'atrium-starter', node: 'node-2' };
  generation.emit(generation.state);
}

/** What happens in the middle of an answer, by a word of its prompt. */
const incidents = {
  drop: () => cut((socket) => socket.terminate()),
  leave: () => cut((socket) => socket.close(4409)),
  slow: () => cut((socket) => socket.close(4408)),
  lost: (generation) => takeOver(generation, 'node_lost'),
  update: (generation) => takeOver(generation, 'node_leaving'),
  adopt: (generation) => takeOver(generation, 'hub_lost', generation.epoch + 1),
  silent: (generation) => generation.followers.clear(),
  hang(generation) {
    generation.followers.clear();
    hangs = Date.now() + pace * 200;
    for (const socket of sockets) socket.hung = true;
  },
  unsaved(generation) {
    const tell = (stored) => {
      generation.stored = stored;
      generation.emit({ type: 'generation.storing', stored });
    };
    tell(false);
    setTimeout(() => tell(true), pace * 200);
  },
  async rewind(generation) {
    cut((socket) => socket.terminate());
    generation.epoch++;
    generation.text = [...generation.text].slice(0, -24).join('');
    await wait(pace * 100);
  },
};

async function write(generation, message, prompt) {
  const { emit } = generation;
  if (/trim/.test(prompt)) {
    broadcast({ type: 'notice', code: 'history_trimmed', args: { turns: 4 }, message: '' });
  }
  if (/queue|排队/.test(prompt)) {
    for (let position = 3; position > 0 && !generation.stopped; position--) {
      emit({ type: 'generation.queued', position, waitMs: position * 1400 });
      await wait(1400);
    }
  }
  await wait(/placing/.test(prompt) ? 5000 : 180);
  generation.state = { type: 'generation.started', model: message.model, node: 'node-1' };
  emit(generation.state);
  if (/prefill/.test(prompt)) await wait(5000);
  const pieces = answerTo(prompt).match(/\s*\S{1,6}/gu) ?? [];
  for (const [i, piece] of pieces.entries()) {
    if (generation.stopped) break;
    const from = length(generation.text);
    generation.text += piece;
    message.text = generation.text;
    message.generation.position = length(generation.text);
    if (!(/gap/.test(prompt) && i === 12)) emit({ type: 'delta', choice: 0, from, text: piece });
    if (i === 20) {
      for (const [word, happen] of Object.entries(incidents)) {
        if (prompt.includes(word)) await happen(generation);
      }
    }
    if (/fail|spent/.test(prompt) && i === 14) {
      const error = /spent/.test(prompt)
        ? problem('budget_exhausted', 'The budget for this is used up.')
        : problem('node_lost', 'The machine that was writing this answer was lost.', {}, true);
      return end(generation, message, 'failed', { type: 'generation.failed', error });
    }
    if (/die/.test(prompt) && i === 14) return end(generation, message, 'interrupted', null);
    await wait(pace);
  }
  const usage = { promptTokens: 31, completionTokens: pieces.length };
  end(generation, message, generation.stopped ? 'stopped' : 'complete', {
    type: 'generation.finished',
    reason: generation.stopped
      ? 'stopped'
      : (/maximum/.test(prompt) && 'length') || (/budget/.test(prompt) && 'budget') || 'done',
    length: length(generation.text),
    usage,
  });
}

function end(generation, message, status, frame) {
  generation.live = false;
  message.status = status;
  generation.last = frame;
  if (frame?.error) message.error = frame.error;
  if (frame) generation.emit(frame);
}

/** Telephone numbers have to be confirmed, those of cards are refused. */
function sensitive(frame) {
  const spans = [
    ...placesIn(frame.text),
    ...(frame.files ?? []).flatMap((given, file) =>
      placesIn(given.text ?? '').map((span) => ({ ...span, file })),
    ),
  ];
  const refused = spans.filter(({ kind }) => kind === 'bank_card');
  const open = spans.filter(({ kind }) => !frame.confirm?.includes(kind));
  const told = refused.length > 0 ? refused : open;
  if (told.length === 0) return null;
  const kinds = [...new Set(told.map(({ kind }) => kind))];
  return problem(
    refused.length > 0 ? 'sensitive_refused' : 'sensitive_unconfirmed',
    'This conversation contains sensitive data.',
    { model: frame.model, kinds, spans: told },
  );
}

function placesIn(text) {
  const spans = [];
  for (const [kind, pattern] of [
    ['phone', /\b1[3-9]\d{9}\b/g],
    ['bank_card', /\b6222 ?\d{4} ?\d{4} ?\d{4}\b/g],
  ]) {
    for (const { 0: found, index } of text.matchAll(pattern)) {
      const start = length(text.slice(0, index));
      const end = start + length(found);
      spans.push({ kind, start, end, startUtf16: index, endUtf16: index + found.length });
    }
  }
  return spans;
}

/** The files of a frame as they are told from now on: new ones are kept, others are known. */
function kept(frame) {
  return (frame.files ?? []).map((given) => {
    const file = files.get(given.id) ?? { id: randomUUID(), name: given.name, text: given.text };
    files.set(file.id, file);
    return { id: file.id, name: file.name, bytes: Buffer.byteLength(file.text) };
  });
}

const frames = {
  'chat.send'(socket, frame) {
    const tell = (answer) => socket.send(JSON.stringify(answer));
    if (/refuse|database/.test(frame.text)) {
      const error = /database/.test(frame.text)
        ? problem(
            'database_unavailable',
            "The database can't be reached at the moment. Nothing was saved; please try again.",
            {},
            true,
          )
        : problem('no_node', 'No machine that can answer is reachable at the moment.', {}, true);
      return tell({ type: 'error', ref: frame.id, error });
    }
    const error = sensitive(frame);
    if (error) return tell({ type: 'error', ref: frame.id, error });
    const id = frame.conversationId ?? randomUUID();
    const conversation = conversations.get(id) ?? {
      id,
      title: frame.text.slice(0, 60) || frame.files[0].name,
      messages: [],
    };
    conversations.set(id, conversation);
    const createdAt = new Date().toISOString();
    const user = {
      id: randomUUID(),
      parentId: frame.parentId,
      role: 'user',
      text: frame.text,
      ...(frame.files && { files: kept(frame) }),
      createdAt,
    };
    conversation.messages.push({ ...user, status: 'complete' });
    begin(socket, frame.id, conversation, user, frame.text, frame.model);
  },
  'chat.retry'(socket, frame) {
    for (const conversation of conversations.values()) {
      const old = conversation.messages.find((m) => m.id === frame.messageId);
      if (!old) continue;
      const user = conversation.messages.find((m) => m.id === old.parentId);
      begin(socket, frame.id, conversation, user, user.text.replace(/fail|die/, ''), old.model);
    }
  },
  'chat.stop'(socket, frame) {
    const generation = generations.get(frame.generationId);
    if (generation) {
      setTimeout(() => (generation.stopped = true), generation.slowToStop ? 6000 : 0);
    } else {
      const error = problem('bad_field', 'The field “generationId” is not valid.');
      socket.send(JSON.stringify({ type: 'error', ref: frame.generationId, error }));
    }
  },
  resume(socket, frame) {
    const tell = (answer) =>
      socket.send(JSON.stringify({ generationId: frame.generationId, ...answer }));
    const generation = generations.get(frame.generationId);
    if (!generation) {
      const error = problem('not_found', 'This does not exist, or it is not yours.');
      return socket.send(JSON.stringify({ type: 'error', ref: frame.generationId, error }));
    }
    const epoch = generation.epoch;
    const position = Math.min(frame.position, length(generation.text));
    const mode = position < frame.position ? 'rewind' : 'continue';
    tell({ type: 'resumed', epoch, mode, position });
    const missing = [...generation.text].slice(position).join('');
    if (missing) tell({ type: 'delta', epoch, choice: 0, from: position, text: missing });
    else if (generation.live && generation.state) tell({ epoch, ...generation.state });
    if (generation.live && !generation.stored) {
      tell({ type: 'generation.storing', epoch, stored: false });
    }
    if (generation.live) generation.followers.add(socket);
    else if (generation.last) tell({ epoch, ...generation.last });
  },
  ping(socket, frame) {
    socket.send(JSON.stringify({ type: 'pong', t: frame.t }));
  },
};

function begin(socket, id, conversation, user, prompt, model) {
  const { generation, message, run } = start(conversation, user, prompt, model);
  generation.slowToStop = /stuck/.test(prompt);
  generation.followers.add(socket);
  const saved = {
    type: 'chat.saved',
    id,
    conversationId: conversation.id,
    title: conversation.title,
    userMessageId: user.id,
    answerId: message.id,
    generationId: generation.id,
    epoch: 1,
    ...(user.files && { files: user.files }),
    masked: /masked/.test(prompt) ? 2 : 0,
  };
  message.masked = saved.masked > 0;
  socket.send(JSON.stringify(saved));
  const { title, updatedAt } = conversation;
  broadcast({ type: 'conversation.changed', conversationId: conversation.id, title, updatedAt });
  void run().then(() =>
    broadcast({ type: 'conversation.changed', conversationId: conversation.id, title, updatedAt }),
  );
}

function userOf(request) {
  const token = /atrium_access=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  return sessions.get(token);
}

const visible = (user) => ({ ...user, password: undefined });

async function api(request, url) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
  const route = `${request.method} ${url.pathname.replace(/[0-9a-f-]{36}/, ':id')}`;
  const id = url.pathname.split('/').at(-1);
  const refuse = (status, code, message) => ({ status, json: { error: problem(code, message) } });
  if (route === 'POST /api/session') {
    const known = users.get(body.name)?.password;
    if (/wrong|not the password/.test(body.password) || (known && known !== body.password)) {
      return refuse(401, 'wrong_credentials', 'The name or the password is wrong.');
    }
    const user = users.get(body.name) ?? {
      id: randomUUID(),
      name: body.name,
      displayName: body.name[0].toUpperCase() + body.name.slice(1),
      locale: 'en',
      roles: [],
      password: body.password,
      mustChangePassword: body.password === 'onetime',
    };
    users.set(body.name, user);
    const token = randomUUID();
    sessions.set(token, user);
    return { json: { user: visible(user) }, cookie: `atrium_access=${token}; HttpOnly; Path=/` };
  }
  if (route === 'GET /api/sign-in') return { json: {} };
  const user = userOf(request);
  if (!user) return refuse(401, 'unauthenticated', 'Please sign in.');
  switch (route) {
    case 'GET /api/session':
      return { json: { user: visible(user), hubId: 'mock' } };
    case 'PATCH /api/session':
      user.locale = body.locale;
      return { json: {} };
    case 'POST /api/session/password':
      user.mustChangePassword = false;
      user.password = body.next;
      return { json: { user: visible(user) } };
    case 'DELETE /api/session':
      return { json: {}, cookie: 'atrium_access=; Max-Age=0; Path=/' };
    case 'GET /api/models':
      return { json: { models } };
    case 'GET /api/conversations': {
      const limit = Number(url.searchParams.get('limit') ?? 50);
      const from = Number(url.searchParams.get('before') ?? 0);
      const all = [...conversations.values()].sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
      const items = all.slice(from, from + limit).map((c) => ({
        id: c.id,
        title: c.title,
        updatedAt: c.updatedAt,
        running: running(c),
      }));
      return { json: { items, next: from + limit < all.length ? String(from + limit) : null } };
    }
    case 'GET /api/shares': {
      const of = url.searchParams.get('conversation');
      const items = [...shares.values()].map(({ content, ...share }) => share);
      return { json: { items: items.filter((s) => !of || s.conversationId === of).reverse() } };
    }
    case 'POST /api/shares': {
      const { title, messages } = conversations.get(body.conversationId);
      const { content, ...share } = {
        id: randomUUID(),
        address: randomUUID().replaceAll('-', '').slice(0, 24),
        conversationId: body.conversationId,
        title,
        createdAt: new Date().toISOString(),
        expiresAt: new Date(Date.now() + body.days * 86_400_000).toISOString(),
        content: messages.map((message) => ({
          ...message,
          files: message.files?.map((file) => ({ ...file, text: files.get(file.id).text })),
        })),
      };
      shares.set(share.id, { ...share, content });
      return { json: share };
    }
    case 'DELETE /api/shares/:id':
      shares.delete(id);
      return { json: {} };
    case 'GET /api/notices':
      return { json: { notices: [] } };
    case 'GET /api/search': {
      const wanted = (url.searchParams.get('q') ?? '').toLowerCase();
      const hits = [...conversations.values()].flatMap((c) =>
        c.messages
          .filter((m) => m.text.toLowerCase().includes(wanted))
          .map((m) => ({
            conversationId: c.id,
            title: c.title,
            messageId: m.id,
            role: m.role,
            at: m.createdAt,
            excerpt: m.text.slice(0, 200),
            start: m.text.toLowerCase().indexOf(wanted),
            length: wanted.length,
          })),
      );
      return { json: { hits, scanned: 0, next: null } };
    }
    case 'GET /api/conversations/:id': {
      const found = conversations.get(id);
      return found ? { json: found } : refuse(404, 'not_found', 'This does not exist.');
    }
    case 'PATCH /api/conversations/:id':
      conversations.get(id).title = body.title;
      return { json: {} };
    case 'DELETE /api/conversations/:id':
      conversations.delete(id);
      broadcast({
        type: 'conversation.changed',
        conversationId: id,
        title: '',
        updatedAt: '',
        deleted: true,
      });
      return { json: {} };
    default: {
      if (route.startsWith('GET /api/conversations/:id/files/')) {
        const file = files.get(id);
        return file ? { json: file } : refuse(404, 'not_found', 'This does not exist.');
      }
      const share = [...shares.values()].find((s) => route === `GET /api/shares/${s.address}`);
      if (!share) return refuse(404, 'not_found', 'No such address.');
      const { content: messages, ...rest } = share;
      return { json: { ...rest, author: user.displayName, own: true, messages } };
    }
  }
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  if (url.pathname.startsWith('/api/')) {
    const { status = 200, json, cookie } = await api(request, url);
    if (cookie) response.setHeader('Set-Cookie', cookie);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
    return;
  }
  const wanted = join(root, normalize(url.pathname));
  const file = extname(wanted) && existsSync(wanted) ? wanted : join(root, 'index.html');
  const headers = { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' };
  response
    .writeHead(200, { ...headers, 'Content-Security-Policy': policy })
    .end(readFileSync(file));
});

const hub = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 262_144 });
server.on('upgrade', (request, socket, head) => {
  const user = userOf(request);
  if (request.url !== '/ws' || !user) return socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
  if (Date.now() < hangs) return;
  hub.handleUpgrade(request, socket, head, (ws) => {
    sockets.add(ws);
    ws.on('close', () => {
      sockets.delete(ws);
      for (const generation of generations.values()) generation.followers.delete(ws);
    });
    ws.on('message', (data) => {
      if (ws.hung) return;
      const frame = JSON.parse(data.toString());
      frames[frame.type]?.(ws, frame);
    });
    ws.send(
      JSON.stringify({ type: 'welcome', protocol: 1, hubId: 'mock', user: visible(user), models }),
    );
  });
});

seed();
server.listen(port, '127.0.0.1', () => console.log(`mock hub on http://127.0.0.1:${port}`));
