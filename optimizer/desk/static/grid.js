import { exact, full, plain } from './figures.js';
import { read, write } from './blocks.js';

const PAGE = 15, AHEAD = 6;
const make = (tag, text = '', name = '') => {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (name) made.className = name;
  return made;
};
const clamp = (value, least, most) => Math.max(least, Math.min(most, value));

/* A table on the screen: one stop for the keyboard, and only the rows in sight are drawn. It knows no service: what is
   to change goes to `hooks.run`, and what the reader looks at to `hooks.look`. */
export class Grid {
  constructor(host, hooks) {
    this.host = host;
    this.hooks = hooks;
    this.table = make('table', '', 'grid live');
    this.widths = this.table.appendChild(document.createElement('colgroup'));
    this.head = this.table.createTHead().insertRow();
    [this.above, this.body, this.below] = [0, 1, 2].map(() => this.table.createTBody());
    for (const space of [this.above, this.below]) {
      space.setAttribute('aria-hidden', 'true');
      space.cell = space.insertRow().insertCell();
      space.cell.className = 'space';
    }
    this.says = make('div', '', 'mend');
    this.says.id = 'says';
    this.says.hidden = true;
    this.table.tabIndex = 0;
    this.table.setAttribute('role', 'grid');
    this.table.setAttribute('aria-labelledby', 'h-table');
    this.table.setAttribute('aria-multiselectable', 'true');
    host.addEventListener('scroll', () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(host);
    this.table.addEventListener('mousedown', (event) => this.press(event));
    this.table.addEventListener('mousemove', (event) => this.drag(event));
    this.table.addEventListener('keydown', (event) => this.key(event));
    for (const kind of ['copy', 'cut', 'paste']) document.addEventListener(kind, (event) => {
      if (document.activeElement === this.table) this[kind](event);
    });
  }

  show(sheet, editable, every = false) {
    this.leave(false);
    this.sheet = sheet;
    this.editable = editable;
    this.columns = sheet.columns.map((column, at) => ({ ...column, at })).filter(({ at, required, usual }) =>
      every || required || sheet.rows.some((row) => row.cells[at] !== null && row.cells[at] !== usual));
    if (!this.columns.length) this.columns = sheet.columns.map((column, at) => ({ ...column, at }));
    this.sorted = null;
    this.wanted = '';
    this.view = sheet.rows;
    this.at = this.from = { i: 0, j: 0 };
    this.table.setAttribute('aria-readonly', String(!editable));
    this.table.setAttribute('aria-colcount', this.columns.length + 1);
    if (!this.table.isConnected) this.host.replaceChildren(this.table, this.says); // till now the page's own rows stood there
    this.heads();
    this.host.scrollTo(0, 0);
    this.draw(true);
  }

  /* heads and widths */
  heads() {
    this.head.replaceChildren(make('th'), ...this.columns.map((column, j) => {
      const head = make('th', column.name);
      head.scope = 'col';
      head.title = column.meaning;
      head.j = j;
      if (column.required && this.editable) head.append(make('span', ' *', 'needed'));
      head.append(make('span', column.unit || '\u00a0', 'unit'));
      return head;
    }));
    this.head.cells[0].append(make('span', 'Row', 'sr'));
    const letters = this.columns.map(({ at, name, unit }) => this.sheet.rows.slice(0, 200).reduce(
      (most, row) => Math.max(most, this.text(row.cells[at]).length), Math.max(name.length + 2, unit.length)));
    const sizes = [52, ...letters.map((count) => Math.round(clamp(count, 6, 34) * 7.3 + 18))];
    this.widths.replaceChildren(...sizes.map((size) => {
      const column = document.createElement('col');
      column.style.width = `${size}px`;
      return column;
    }));
    this.table.style.width = `${sizes.reduce((sum, size) => sum + size, 0)}px`;
    for (const space of [this.above, this.below]) space.cell.colSpan = sizes.length;
  }

  text(cell) { return cell === null ? '' : typeof cell === 'number' ? full(cell) : cell; }

  /* the rows to be seen: all, those with some words, by a column */
  arrange() {
    const { wanted, sorted } = this, words = wanted.toLowerCase();
    let view = this.sheet.rows;
    if (words) view = view.filter((row) => row.cells.some((cell) => cell !== null && String(cell).toLowerCase().includes(words)));
    if (sorted) {
      const order = (a, b) => (a === b ? 0 : a === null ? 1 : b === null ? -1
        : (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))) * sorted.sign);
      view = [...view].sort((one, two) => order(one.cells[sorted.at], two.cells[sorted.at]));
    }
    this.view = view;
    this.there = new Set(this.sheet.rows);
  }

  filter(wanted) {
    this.wanted = wanted.trim();
    this.arrange();
    this.at = this.from = { i: 0, j: this.at.j };
    this.host.scrollTop = 0;
    this.draw(true);
  }

  sort(j, sign) {
    const { at } = this.columns[j], same = this.sorted?.at === at;
    this.sorted = sign ? { at, sign } : same && this.sorted.sign < 0 ? null : { at, sign: same ? -1 : 1 };
    [...this.head.cells].slice(1).forEach((head, place) => {
      if (this.sorted?.at === this.columns[place].at) head.setAttribute('aria-sort', this.sorted.sign > 0 ? 'ascending' : 'descending');
      else head.removeAttribute('aria-sort');
    });
    this.arrange();
    this.go(0, j);
  }

  /* after a change: rows stay where they are seen, new ones stand behind them */
  refresh() {
    const there = new Set(this.sheet.rows);
    if (this.wanted || this.sorted) {
      this.view = [...this.view.filter((row) => there.has(row)), ...this.sheet.rows.filter((row) => !this.there.has(row))];
    } else this.view = this.sheet.rows;
    this.there = there;
    this.at = this.inside(this.at.i, this.at.j);
    this.from = this.inside(this.from.i, this.from.j);
    this.draw(true);
  }

  inside(i, j) { return { i: clamp(i, 0, Math.max(0, this.view.length - 1)), j: clamp(j, 0, this.columns.length - 1) }; }

  get size() { return parseFloat(getComputedStyle(this.host).getPropertyValue('--row')) || 28; }

  get top() { return this.table.tHead.offsetHeight; }

  draw(force = false) {
    if (!this.sheet) return;
    const { size, host, view } = this;
    const a = clamp(Math.floor(host.scrollTop / size) - AHEAD, 0, Math.max(0, view.length - 1));
    const z = Math.min(view.length, a + Math.ceil(host.clientHeight / size) + 2 * AHEAD);
    if (!force && a === this.first && z === this.last) return;
    [this.first, this.last] = [a, z];
    this.table.setAttribute('aria-rowcount', view.length + 1);
    this.above.cell.style.height = `${a * size}px`;
    this.below.cell.style.height = `${(view.length - z) * size}px`;
    this.above.hidden = !a;
    this.below.hidden = z === view.length;
    const number = this.numbers();
    const rows = document.createDocumentFragment();
    for (let i = a; i < z; i++) rows.append(this.row(view[i], i, number));
    this.body.replaceChildren(rows);
    this.paint();
  }

  /* what a row is called: by its place in the table; where shared rows stand first, those of the case are counted alone */
  numbers() {
    const { sheet } = this, first = this.editable ? sheet.before : 0;
    const plainly = this.view === sheet.rows, places = plainly ? null : new Map(sheet.rows.map((row, place) => [row, place]));
    return (row, i) => {
      const place = plainly ? i : places.get(row);
      return this.editable && row.locked ? 0 : place - first + 1;
    };
  }

  row(row, i, number) {
    const made = make('tr', '', row.locked && this.editable ? 'locked' : '');
    made.setAttribute('aria-rowindex', i + 2);
    const head = make('th'), place = number(row, i);
    if (place) head.append(exact(place));
    head.scope = 'row';
    head.i = i;
    made.append(head);
    this.columns.forEach((column, j) => {
      const cell = row.cells[column.at], one = make('td', typeof cell === 'number' ? '' : cell ?? '');
      if (typeof cell === 'number') one.append(exact(cell));
      one.id = `c-${i}-${j}`;
      one.setAttribute('role', 'gridcell');
      [one.i, one.j] = [i, j];
      if (column.kind === 'number') one.className = 'num';
      if (column.name === 'confidence' && cell !== null) one.prepend(make('span', '', `conf ${cell}`));
      if (this.sheet.changed(row, column.at)) one.classList.add('new');
      if (this.sheet.fault(row, column.at)) {
        one.classList.add('fault');
        one.setAttribute('aria-invalid', 'true');
      }
      made.append(one);
    });
    return made;
  }

  get range() {
    const { at, from } = this;
    return { top: Math.min(at.i, from.i), bottom: Math.max(at.i, from.i), left: Math.min(at.j, from.j), right: Math.max(at.j, from.j) };
  }

  cell(i, j) { return document.getElementById(`c-${i}-${j}`); }

  /* which cells are chosen, and what is wrong with the one the reader is at: under it, a click from being mended */
  paint() {
    const { top, bottom, left, right } = this.range, many = top !== bottom || left !== right;
    for (const row of this.body.rows) for (const cell of row.cells) {
      if (cell.j === undefined) continue;
      const chosen = cell.i >= top && cell.i <= bottom && cell.j >= left && cell.j <= right;
      cell.classList.toggle('sel', chosen && many);
      cell.classList.toggle('at', cell.i === this.at.i && cell.j === this.at.j);
      if (chosen) cell.setAttribute('aria-selected', 'true');
      else cell.removeAttribute('aria-selected');
    }
    const here = this.cell(this.at.i, this.at.j);
    if (here) this.table.setAttribute('aria-activedescendant', here.id);
    else this.table.removeAttribute('aria-activedescendant');
    this.tell(here);
  }

  tell(here) {
    const row = this.view[this.at.i], column = this.columns[this.at.j];
    const fault = row && this.sheet.fault(row, column.at);
    this.says.hidden = !fault || !here || this.editing !== undefined;
    if (!fault || !here) return;
    const told = make('p', fault.text.slice(fault.text.indexOf(': ') + 2)), buttons = make('p');
    told.id = 'told';
    here.setAttribute('aria-describedby', told.id);
    for (const choice of this.choices()) {
      const button = make('button', `Use ${this.text(choice)}`);
      button.type = 'button';
      button.addEventListener('click', () => this.use(choice));
      buttons.append(button);
    }
    this.says.replaceChildren(told, ...(buttons.childNodes.length ? [buttons] : []));
    this.says.style.left = `${clamp(here.offsetLeft, 0, Math.max(0, this.host.scrollLeft + this.host.clientWidth - 340))}px`;
    this.says.style.top = `${here.offsetTop + here.offsetHeight}px`;
  }

  choices() {
    const row = this.view[this.at.i], column = this.columns[this.at.j], fault = row && this.sheet.fault(row, column.at);
    if (!fault || !this.editable) return [];
    const known = fault.suggest ? [fault.suggest] : fault.known.length <= 6 ? fault.known : [];
    return column.kind === 'number' ? known.map(Number) : known;
  }

  use(choice) {
    this.put(this.at.i, this.at.j, choice);
    this.focus();
  }

  focus() { this.table.focus({ preventScroll: true }); }

  go(i, j, extend = false) {
    this.at = this.inside(i, j);
    if (!extend) this.from = this.at;
    const { host, size, top } = this, y = this.at.i * size, tall = host.clientHeight - top;
    if (y < host.scrollTop) host.scrollTop = y;
    else if (y > host.scrollTop + tall - 2 * size) host.scrollTop = y - tall + 2 * size;
    this.draw(true);
    const here = this.cell(this.at.i, this.at.j), row = this.head.cells[0].offsetWidth;
    if (here) {
      if (here.offsetLeft - row < host.scrollLeft) host.scrollLeft = here.offsetLeft - row;
      const over = here.offsetLeft + here.offsetWidth - host.scrollLeft - host.clientWidth;
      if (over > 0) host.scrollLeft += over;
      this.tell(here);
    }
    this.look();
  }

  look() { if (this.view.length) this.hooks.look(this.view[this.at.i], this.columns[this.at.j]); }

  /* the reader goes to a cell of the sheet, wherever it is */
  find(row, at) {
    if (!this.columns.some((column) => column.at === at)) this.show(this.sheet, this.editable, true);
    if (!this.view.includes(row)) this.filter('');
    this.go(this.view.indexOf(row), this.columns.findIndex((column) => column.at === at));
    this.focus();
  }

  press(event) {
    const cell = event.target.closest('td, th');
    if (!cell || event.button || this.editing?.contains(event.target)) return;
    event.preventDefault();
    this.leave(true);
    this.focus();
    if (cell.i === undefined && cell.j !== undefined) this.sort(cell.j);
    else if (cell.j === undefined && cell.i !== undefined) {
      this.from = { i: cell.i, j: this.columns.length - 1 };
      this.go(cell.i, 0, true);
    } else if (cell.i !== undefined) {
      const again = cell.i === this.at.i && cell.j === this.at.j;
      this.go(cell.i, cell.j, event.shiftKey);
      if (event.detail > 1 && again) this.edit();
    }
  }

  drag(event) {
    const cell = event.target.closest('td');
    if (event.buttons !== 1 || this.editing || cell?.i === undefined || (cell.i === this.at.i && cell.j === this.at.j)) return;
    this.at = { i: cell.i, j: cell.j };
    this.paint();
  }

  key(event) {
    if (this.editing) return;
    const { i, j } = this.at, control = event.ctrlKey || event.metaKey, last = this.view.length - 1;
    const done = () => event.preventDefault();
    if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) { done(); this.sort(j, event.key === 'ArrowUp' ? 1 : -1); return; }
    if (event.altKey && event.key === 'Enter') { done(); const [first] = this.choices(); if (first !== undefined) this.use(first); return; }
    const to = { ArrowDown: [i + 1, j], ArrowUp: [i - 1, j], ArrowLeft: [i, j - 1], ArrowRight: [i, j + 1], PageDown: [i + PAGE, j], PageUp: [i - PAGE, j],
      Home: [control ? 0 : i, 0], End: [control ? last : i, this.columns.length - 1] }[event.key];
    if (to) { done(); this.go(...to, event.shiftKey); }
    else if (event.key === 'F8') { done(); this.hooks.nextFault(event.shiftKey ? -1 : 1); }
    else if (control && event.key.toLowerCase() === 'a') { done(); this.from = { i: 0, j: 0 }; this.at = this.inside(last, this.columns.length); this.paint(); }
    else if (control && event.key.toLowerCase() === 'z') { done(); if (event.shiftKey) this.hooks.redo(); else this.hooks.undo(); }
    else if (control && event.key.toLowerCase() === 'y') { done(); this.hooks.redo(); }
    else if (event.key === 'Enter' || event.key === 'F2') { done(); this.edit(); }
    else if (event.key === 'Insert') { done(); this.add(); }
    else if (event.key === 'Delete' && event.shiftKey) { done(); this.remove(); }
    else if (event.key === 'Delete' || event.key === 'Backspace') { done(); this.clear(); }
    else if (event.key.length === 1 && !control && !event.altKey) { done(); this.edit(event.key); }
  }

  /* whether a row may be changed; says why where it may not */
  may(row) {
    if (!this.editable) this.hooks.refused('case');
    else if (row?.locked) this.hooks.refused('row');
    return this.editable && row !== undefined && !row.locked;
  }

  put(i, j, to) {
    const row = this.view[i], column = this.columns[j].at;
    if (this.may(row) && row.cells[column] !== to) this.hooks.run({ cells: [{ row, column, from: row.cells[column], to }] });
  }

  edit(typed) {
    const { i, j } = this.at, row = this.view[i], column = this.columns[j], here = this.cell(i, j);
    if (!here || !this.may(row)) return;
    const cell = row.cells[column.at], now = cell === null ? '' : typeof cell === 'number' ? plain(cell) : cell;
    const box = make('div', '', 'editor'), field = column.words.length ? this.select(column.words, now, typed) : this.input(column, now, typed);
    field.setAttribute('aria-label', `${column.name}${column.unit ? `, ${column.unit}` : ''}`);
    box.append(field);
    this.editing = box;
    this.before = now;
    this.field = field;
    for (const [name, size] of [['left', here.offsetLeft], ['top', here.offsetTop], ['width', here.offsetWidth], ['height', here.offsetHeight]]) box.style[name] = `${size}px`;
    this.host.append(box);
    this.says.hidden = true;
    field.addEventListener('keydown', (event) => {
      const step = { Enter: [event.shiftKey ? -1 : 1, 0], Tab: [0, event.shiftKey ? -1 : 1] }[event.key];
      if (step) {
        event.preventDefault();
        this.leave(true);
        this.go(i + step[0], j + step[1]);
        this.focus();
      } else if (event.key === 'Escape') {
        event.preventDefault();
        this.leave(false);
        this.focus();
      }
    });
    field.addEventListener('blur', () => this.leave(true));
    field.focus();
    if (typed === undefined) field.select?.();
  }

  select(words, now, typed) {
    const field = document.createElement('select'), offered = ['', ...words, ...(words.includes(now) || !now ? [] : [now])];
    field.append(...offered.map((word) => new Option(word, word)));
    field.value = typed === undefined ? now : offered.find((word) => word && word.startsWith(typed.toLowerCase())) ?? now;
    return field;
  }

  input(column, now, typed) {
    const field = document.createElement('input');
    field.type = 'text';
    field.value = typed ?? now;
    if (column.kind === 'number') field.inputMode = 'decimal';
    const names = this.hooks.names(column);
    if (names.length) {
      const list = document.createElement('datalist');
      list.id = 'offered';
      const offer = (part) => {
        list.replaceChildren(...names.filter((name) => name.toLowerCase().includes(part)).slice(0, 50).map((name) => new Option(name, name)));
      };
      field.setAttribute('list', list.id);
      field.addEventListener('input', () => offer(field.value.toLowerCase()));
      offer((typed ?? '').toLowerCase());
      this.host.append(list);
      this.offered = list;
    }
    return field;
  }

  leave(keep) {
    const box = this.editing;
    if (!box) return;
    const { value } = this.field, { i, j } = this.at;
    this.editing = undefined;
    box.remove();
    this.offered?.remove();
    if (keep && value !== this.before) this.put(i, j, value.trim() || null);
    this.paint();
  }

  clear() {
    const { top, bottom, left, right } = this.range, cells = [];
    if (!this.may(this.view[top])) return;
    for (let i = top; i <= bottom; i++) for (let j = left; j <= right; j++) {
      const row = this.view[i], column = this.columns[j].at;
      if (!row.locked && row.cells[column] !== null) cells.push({ row, column, from: row.cells[column], to: null });
    }
    if (cells.length) this.hooks.run({ cells });
  }

  add() {
    if (!this.editable) { this.hooks.refused('case'); return; }
    const here = this.view[this.at.i], row = this.sheet.blank();
    const last = !here || here.locked || this.view !== this.sheet.rows;
    const at = last ? this.sheet.end : this.sheet.rows.indexOf(here) + 1;
    this.hooks.run({ added: [{ row, at }] });
    this.go(this.view.indexOf(row), this.at.j);
  }

  remove() {
    const { top, bottom } = this.range, rows = this.view.slice(top, bottom + 1).filter((row) => !row.locked);
    if (!this.may(rows[0] ?? this.view[top])) return;
    const places = new Map(this.sheet.rows.map((row, at) => [row, at]));
    const removed = rows.map((row) => ({ row, at: places.get(row) })).sort((one, two) => one.at - two.at);
    this.hooks.run({ removed });
    this.go(top, this.at.j);
  }

  copy(event) {
    if (!this.view.length) return;
    const { top, bottom, left, right } = this.range;
    event.preventDefault();
    write(event.clipboardData, this.view.slice(top, bottom + 1).map((row) => this.columns.slice(left, right + 1).map(({ at }) => row.cells[at])),
      (cell) => (cell === null ? '' : plain(cell)));
    this.hooks.copied(bottom - top + 1, right - left + 1);
  }

  cut(event) {
    this.copy(event);
    this.clear();
  }

  /* a block: where its first line names columns, into those; else from the cell on. Rows that it lacks are added. */
  paste(event) {
    event.preventDefault();
    let block = read(event.clipboardData);
    const { top, bottom, left, right } = this.range, names = this.sheet.columns.map(({ name }) => name);
    if (!block.length || (this.view.length && !this.may(this.view[top])) || (!this.view.length && !this.may(this.sheet.blank()))) return;
    const headed = block.length > 1 && block[0].every((name) => names.includes(name));
    let columns = headed ? block[0].map((name) => names.indexOf(name)) : this.columns.slice(left).map(({ at }) => at);
    if (headed) block = block.slice(1);
    if (block.length === 1 && block[0].length === 1) {
      block = Array.from({ length: bottom - top + 1 }, () => Array(right - left + 1).fill(block[0][0]));
    }
    const cells = [], added = [], { end } = this.sheet;
    let outside = 0;
    block.forEach((line, down) => {
      let row = this.view[top + down];
      if (!row || row.locked) {
        row = this.sheet.blank();
        added.push({ row, at: end + added.length });
      }
      line.forEach((to, along) => {
        const column = columns[along];
        if (column === undefined) outside++;
        else if (row.cells[column] !== to) cells.push({ row, column, from: row.cells[column], to });
      });
    });
    this.hooks.run({ cells, added }, { pasted: block.length, outside });
    const wide = Math.max(...block.map((line) => line.length));
    this.from = this.inside(top + block.length - 1, left + wide - 1);
    this.at = this.inside(top, left);
    this.paint();
    this.look();
  }
}
