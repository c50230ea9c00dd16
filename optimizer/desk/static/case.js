import { exact, figure, written } from './figures.js';
import { Grid } from './grid.js';
import { Sheet } from './sheet.js';

const $ = (id) => document.getElementById(id);
const all = (what, of = document) => [...of.querySelectorAll(what)];
const make = (tag, ...parts) => {
  const made = document.createElement(tag);
  made.append(...parts);
  return made;
};
const REFUSED = {
  case: 'This case can be read only here. A copy of it is yours to change.',
  row: 'Shared rows stand as the programme has them. A copy with the shared tables can be changed.',
};
const AWAY = 'The service cannot be reached just now. Your changes are kept on this page; trying again.';
const SOON = 300, AGAIN = 4000, LISTED = 30;

const root = $('case'), { case: name, token } = root.dataset, editable = Boolean(root.dataset.editable);
const sheets = new Map(), done = [], undone = [];
let { revision } = root.dataset, sheet, faults = [], findings = [], every = false, timer, checking = false, stale = false, note = [];

/* what is asked of the service; a refusal of its own is an answer, not an error */
const ask = async (path, options = {}) => {
  const headers = { 'X-CSRF': token, ...(options.body ? { 'Content-Type': 'application/json' } : {}), ...options.headers };
  const answer = await fetch(`/cases/${name}${path}`, { ...options, headers });
  return { status: answer.status, said: await answer.json() };
};
const edited = () => [...sheets.values()].filter((some) => !some.sent().same);
const body = (some) => JSON.stringify({ revision, tables: Object.fromEntries(some.map((one) => [one.name, one.sent().items])) });

/* lines that say where things stand */
const counted = (count, one, many = `${one}s`) => [figure(count), ` ${count === 1 ? one : many}`];
const status = () => {
  const some = edited(), sums = some.map((one) => one.count());
  const total = (what) => sums.reduce((sum, one) => sum + one[what], 0);
  const parts = [...counted(sheet.rows.length, 'row')];
  if (grid.view.length !== sheet.rows.length) parts.unshift(figure(grid.view.length), ' of ');
  parts.push('. ');
  const changes = [[total('cells'), 'cell changed', 'cells changed'], [total('added'), 'row added', 'rows added'], [total('removed'), 'row deleted', 'rows deleted']].filter(([count]) => count);
  changes.forEach((change, place) => parts.push(...(place ? [', '] : []), ...counted(...change)));
  if (changes.length) parts.push(', not saved. ');
  if (faults.length) parts.push(...counted(faults.length, 'fault'), '; F8 goes to the next. ');
  const hidden = sheet.columns.length - grid.columns.length;
  if (hidden) parts.push(...counted(hidden, 'column'), ' in which nothing is said not shown. ');
  $('left').replaceChildren(...parts, ...note);
  const press = (what, on) => { const button = document.querySelector(`[data-do=${what}]`); if (button) button.disabled = !on; };
  press('undo', done.length);
  press('redo', undone.length);
  if ($('save')) $('save').hidden = !some.length;
  $('save')?.classList.toggle('primary', some.length > 0);
  $('plan').classList.toggle('primary', !some.length);
  for (const link of all('.rail [data-table]')) {
    const wrong = faults.filter((fault) => fault.table === link.dataset.table).length, count = link.querySelector('.n');
    const of = sheets.get(link.dataset.table);
    link.classList.toggle('edited', some.includes(of));
    count.classList.toggle('bad', wrong > 0);
    if (wrong) count.replaceChildren(...counted(wrong, 'fault'));
    else count.replaceChildren(figure(of ? of.rows.length : Number(link.dataset.count)));
  }
};
const tell = (...parts) => {
  note = parts;
  status();
};

/* beside the grid: the cell, and what is wrong anywhere */
const about = (row, column) => {
  const line = (term, ...told) => make('p', make('b', term), ' ', ...told), shown = (cell) => (typeof cell === 'number' ? exact(cell) : cell ?? 'empty');
  const of = (called) => { const at = sheet.columns.findIndex((one) => one.name === called); return at < 0 ? null : row.cells[at]; };
  const place = sheet.rows.indexOf(row), cell = row.cells[column.at];
  const section = make('section', make('h2', `${column.name}, row `, figure(editable && !row.locked ? place - sheet.before + 1 : place + 1)));
  section.append(line('Value', shown(cell), cell === null ? '' : ` ${column.unit}`), line('Means', column.meaning));
  if (sheet.changed(row, column.at) && !sheet.isNew(row)) section.append(line('Was', shown(row.was[column.at])));
  const theirs = clashed.get(row)?.get(column.at);
  if (theirs !== undefined) section.append(line('Saved by somebody else', shown(theirs)));
  for (const [called, term] of [['confidence', 'Confidence'], ['source', 'Source'], ['assumed', 'Weaker']]) {
    if (of(called) !== null) section.append(line(term, String(of(called))));
  }
  if (editable && !row.locked) {
    const change = make('button', 'Change');
    change.type = 'button';
    change.addEventListener('click', () => { grid.focus(); grid.edit(); });
    section.append(make('p', change));
  }
  $('cell').replaceChildren(section);
};
const list = () => {
  const parts = [];
  if (faults.length) {
    const lines = faults.slice(0, LISTED).map((fault) => {
      const go = make('button', fault.text);
      go.type = 'button';
      go.className = 'plain';
      go.addEventListener('click', () => visit(fault));
      return make('li', TABLE.has(fault.table) && own(fault) ? go : fault.text);
    });
    parts.push(make('section', make('h2', 'To be mended'), make('ul', ...lines), ...(faults.length > LISTED ? [make('p', 'and ', figure(faults.length - LISTED), ' more')] : [])));
  }
  if (findings.length) {
    const lines = findings.slice(0, LISTED).map((one) => make('li', one.suggest ? `${one.text} ${one.suggest}` : one.text));
    parts.push(make('section', make('details', make('summary', 'Can hardly be meant (', figure(findings.length), ')'), make('ul', ...lines))));
  }
  $('wrong').replaceChildren(...parts);
};
const TABLE = new Map(all('.rail [data-table]').map((link) => [link.dataset.table, link]));
const own = (fault) => fault.row && !(fault.file ?? '').endsWith('.csv');
const visit = async (fault) => {
  if (fault.table !== sheet.name) await open(fault.table, true);
  const row = sheet.sent().rows[fault.row - 1];
  const column = sheet.columns.findIndex((one) => one.name === (fault.column ?? '').split('.')[0]);
  if (row) grid.find(row, Math.max(0, column));
};

/* the check, as one types: the whole case with what is edited */
const later = (after = SOON) => {
  clearTimeout(timer);
  timer = setTimeout(check, after);
};
const check = async () => {
  if (checking) { stale = true; return; }
  const some = edited(), sent = new Map(some.map((one) => [one.name, one.sent().rows])), texts = body(some);
  if (!some.length) {
    [faults, findings] = [[], []];
    place(sent);
    return;
  }
  [checking, stale] = [true, false];
  let answer;
  try {
    answer = await ask('/check', { method: 'POST', body: texts });
  } catch {
    tell(AWAY);
    later(AGAIN);
    return;
  } finally { checking = false; }
  const { status: code, said } = answer;
  if (code === 429 || code === 503) later(AGAIN);
  else if (code !== 200) tell(said.detail);
  else {
    note = note.filter((part) => part !== AWAY);
    for (const [table, line, column, text, value] of said.read) {
      const one = sheets.get(table), row = sent.get(table)[line - 1], at = one.columns.findIndex((some) => some.name === column);
      if (row.cells[at] === text) one.set(row, at, value);
    }
    if (!stale) {
      ({ faults, findings } = said);
      place(sent);
    }
  }
  if (stale) later();
};
const place = (sent) => {
  for (const [table, one] of sheets) one.take(faults.filter((fault) => fault.table === table && own(fault)), sent.get(table) ?? one.sent().rows);
  grid.draw(true);
  list();
  status();
};

/* changes, each one step to undo */
const changed = () => {
  grid.refresh();
  status();
  later();
};
const run = (change, { pasted, outside = 0 } = {}) => {
  sheet.apply(change);
  done.push({ sheet, change });
  undone.length = 0;
  note = pasted ? ['Pasted ', ...counted(pasted, 'row'), '. ', ...(outside ? [...counted(outside, 'cell'), ' stood beyond the last column and were left out.'] : [])] : [];
  changed();
};
const step = async (from, to, way) => {
  const last = from.pop();
  if (!last) return;
  if (last.sheet !== sheet) await open(last.sheet.name, true);
  last.sheet[way](last.change);
  to.push(last);
  note = [];
  changed();
};

/* names that may stand in a column: those of the case, and those that are being typed into its tables */
const names = (column) => {
  const found = new Set(column.offered);
  for (const one of edited()) one.columns.forEach((some, at) => {
    if (some.defines.some((kind) => column.refers.includes(kind))) for (const row of one.rows) if (row.cells[at] !== null) found.add(String(row.cells[at]));
  });
  return [...found];
};

const grid = new Grid($('sheet'), {
  run, names, look: about,
  undo: () => step(done, undone, 'revert'),
  redo: () => step(undone, done, 'apply'),
  refused: (why) => tell(REFUSED[why]),
  copied: (rows, columns) => tell('Copied ', ...counted(rows, 'row'), ' of ', ...counted(columns, 'column'), '.'),
  nextFault: (way) => {
    const order = faults.filter((fault) => TABLE.has(fault.table) && own(fault));
    if (!order.length) return;
    const here = grid.view[grid.at.i], column = grid.columns[grid.at.j]?.name, rows = sheet.sent().rows;
    const at = order.findIndex((fault) => fault.table === sheet.name && rows[fault.row - 1] === here && (fault.column ?? '').split('.')[0] === column);
    visit(order[(at + way + order.length) % order.length]);
  },
});
const clashed = new Map();

const load = async (table) => {
  const { status: code, said } = await ask(`/tables/${table}/sheet?revision=${encodeURIComponent(revision)}`);
  if (code !== 200) throw new Error(said.detail);
  return new Sheet(said);
};
const open = async (table, push = false) => {
  try {
    if (!sheets.has(table)) sheets.set(table, await load(table));
  } catch (error) {
    if (sheet) tell(error instanceof TypeError ? AWAY : error.message);
    else $('left').textContent = error instanceof TypeError ? AWAY : error.message;
    return;
  }
  sheet = sheets.get(table);
  for (const link of TABLE.values()) {
    if (link.dataset.table === table) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  $('tables').value = table;
  $('h-table').textContent = table;
  $('meaning').textContent = sheet.meaning;
  $('filter').value = '';
  $('edits').hidden = false;
  document.title = `${table} of ${name} \u00b7 Lodestar`;
  if (push) history.pushState(null, '', `/cases/${name}/tables/${table}`);
  note = [];
  grid.show(sheet, editable, every);
  $('columns').replaceChildren(...grid.columns.flatMap((column) => [make('dt', column.name), make('dd', column.meaning)]));
  $('cell').replaceChildren();
  place(new Map(edited().map((one) => [one.name, one.sent().rows])));
};

/* saved, or refused as somebody else saved meanwhile: then what they changed is shown, and nothing of either is lost */
const save = async () => {
  grid.leave(true);
  grid.focus(); // undo is a key away, and the button goes where nothing is left to save
  if (faults.length) { tell('To be mended before it can be saved.'); visit(faults.find((fault) => TABLE.has(fault.table) && own(fault)) ?? faults[0]); return; }
  const some = edited(), texts = body(some);
  $('save').disabled = true;
  try {
    const { status: code, said } = await ask('', { method: 'PUT', body: texts, headers: { 'If-Match': `"${revision}"` } });
    if (code === 200) {
      ({ revision } = said);
      for (const one of some) one.settle();
      clashed.clear();
      $('clash').hidden = true;
      note = ['Saved as revision ', figure(said.number), '.'];
      changed();
    } else if (code === 412) await refused();
    else {
      if (said.faults) { ({ faults } = said); place(new Map(edited().map((one) => [one.name, one.sent().rows]))); }
      tell(said.detail);
    }
  } catch { tell(AWAY.replace('; trying again', '; save again in a moment')); }
  $('save').disabled = false;
};
const refused = async () => {
  const { status: code, said } = await ask(`/difference?old=${encodeURIComponent(revision)}`);
  if (code !== 200) { tell(said.detail); return; }
  const mine = (cell) => {
    const one = sheets.get(cell.table), at = one ? one.columns.findIndex(({ name: called }) => called === cell.column) : -1;
    const row = at < 0 ? undefined : one.own.find((some) => !one.isNew(some) && one.key(some.was) === cell.row);
    return row && one.changed(row, at) ? row.cells[at] ?? 'empty' : '';
  };
  const shown = (value) => (typeof value === 'number' ? exact(value) : value === null || value === '' ? '\u2013' : String(value));
  const head = make('thead', make('tr', ...['Table', 'Row', 'Column', 'Was', 'They saved', 'You have'].map((told) => Object.assign(make('th', told), { scope: 'col' }))));
  const rows = said.cells.map((cell) => make('tr', make('td', cell.table), make('td', cell.row), make('td', cell.column), make('td', shown(cell.old)), make('td', shown(cell.new)), make('td', shown(mine(cell)))));
  const on = make('button', 'Put mine on top of theirs'), drop = make('button', 'Take theirs, drop mine');
  for (const [button, what] of [[on, () => merge(said.revision)], [drop, () => { sheets.clear(); location.reload(); }]]) {
    button.type = 'button';
    button.addEventListener('click', what);
  }
  $('clash').replaceChildren(Object.assign(make('h2', 'Somebody else saved this case meanwhile'), { id: 'h-clash' }),
    make('p', 'Yours is not saved, and nothing of it is lost: it stands below as you left it. This is what they changed.'),
    make('div', make('table', head, make('tbody', ...rows))), make('p', on, ' ', drop));
  $('clash').querySelector('div').className = 'scroll';
  $('clash').querySelector('p:last-child').className = 'bar';
  $('clash').hidden = false;
  $('clash').scrollIntoView({ block: 'nearest' });
  on.focus();
  tell('Not saved: somebody else saved meanwhile.');
};
const merge = async (newer) => {
  const mine = edited(), before = revision, shown = sheet.name;
  revision = newer;
  const fresh = new Map();
  try {
    for (const one of mine) fresh.set(one.name, await load(one.name));
  } catch {
    revision = before;
    tell(AWAY);
    return;
  }
  sheets.clear();
  done.length = undone.length = 0;
  clashed.clear();
  for (const one of mine) {
    const there = fresh.get(one.name), { change, clashes } = there.onto(one);
    for (const { row, column } of clashes) {
      if (!clashed.has(row)) clashed.set(row, new Map());
      clashed.get(row).set(column, row.cells[column]);
    }
    there.apply(change);
    sheets.set(one.name, there);
    done.push({ sheet: there, change });
  }
  $('clash').hidden = true;
  await open(shown);
  const cells = [...clashed.values()].reduce((sum, columns) => sum + columns.size, 0);
  tell('Your changes stand on top of what they saved; save again to keep them. ', ...(cells ? [...counted(cells, 'cell'), ' you both changed: beside it stands what they saved.'] : []));
  later();
};

/* the page around the grid */
for (const link of TABLE.values()) {
  link.dataset.count = link.querySelector('data').value;
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link.dataset.table, true);
  });
}
$('tables').addEventListener('change', (event) => open(event.target.value, true));
$('filter').addEventListener('input', (event) => { grid.filter(event.target.value); status(); });
$('save')?.addEventListener('click', save);
const buttons = {
  undo: () => step(done, undone, 'revert'),
  redo: () => step(undone, done, 'apply'),
  add: () => { grid.add(); grid.focus(); },
  remove: () => { grid.remove(); grid.focus(); },
  columns: (button) => {
    every = !every;
    button.setAttribute('aria-pressed', String(every));
    grid.show(sheet, editable, every);
    status();
  },
};
for (const button of all('[data-do]')) button.addEventListener('click', () => buttons[button.dataset.do](button));
addEventListener('popstate', () => open(location.pathname.split('/').at(-1)));
addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's' && $('save') && !$('save').hidden) {
    event.preventDefault();
    save();
  }
});
addEventListener('beforeunload', (event) => { if (edited().length) event.preventDefault(); });
written(document);
open(root.dataset.table);
