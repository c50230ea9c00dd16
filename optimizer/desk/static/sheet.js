/* A table of a case while it is edited: its rows, what they were when they were last kept, and what is wrong with them.
   A cell is a number, a text, or null where it is empty; a text in a column of numbers is one that nobody has read yet. */
export class Sheet {
  constructor(said) {
    this.name = said.table;
    this.meaning = said.meaning;
    this.columns = said.columns;
    this.before = said.before;
    this.epoch = 0;
    this.rows = said.rows.map((cells, place) => {
      const locked = place < said.before || place >= said.before + said.own;
      return { cells: [...cells], was: cells, place: place - said.before, epoch: 0, locked };
    });
    this.keep(this.own);
    this.faults = new Map();
  }

  /* rows as the service has them, by their keys */
  keep(rows) {
    this.kept = rows.length;
    this.base = new Map(rows.map((row) => [this.key(row.was), row.was]));
  }

  blank() { return { cells: this.columns.map(() => null), was: null, place: -1, epoch: -1, locked: false }; }

  get own() { return this.rows.filter((row) => !row.locked); }

  /* where a new row goes: behind the last of the case's own */
  get end() { return this.before + this.own.length; }

  isNew(row) { return row.epoch !== this.epoch; }

  changed(row, column) { return !row.locked && (this.isNew(row) || row.cells[column] !== row.was[column]); }

  touched(row) { return this.isNew(row) || row.cells.some((cell, column) => cell !== row.was[column]); }

  key(cells) { return this.columns.flatMap((column, at) => (column.key && cells[at] !== null ? [String(cells[at])] : [])).join(' / '); }

  /* what the service is sent: rows as they were by their places, others whole; and which row each of them is */
  sent() {
    const items = [], rows = [];
    for (const row of this.own) {
      if (row.cells.every((cell) => cell === null)) continue;
      rows.push(row);
      const last = items.at(-1);
      if (this.touched(row)) items.push(Object.fromEntries(this.columns.flatMap((column, at) => (row.cells[at] === null ? [] : [[column.name, row.cells[at]]]))));
      else if (Array.isArray(last) && last[0] + last[1] === row.place) last[1]++;
      else items.push([row.place, 1]);
    }
    const [first] = items;
    const same = items.length === 0 ? this.kept === 0 : items.length === 1 && Array.isArray(first) && first[0] === 0 && first[1] === this.kept;
    return { items, rows, same };
  }

  /* how much of it differs from what is kept */
  count() {
    const own = this.own, old = own.filter((row) => !this.isNew(row));
    const cells = old.reduce((sum, row) => sum + row.cells.filter((cell, at) => cell !== row.was[at]).length, 0);
    return { cells, added: own.length - old.length, removed: this.kept - old.length };
  }

  /* what is there now is kept: nothing of it differs any more */
  settle() {
    this.epoch++;
    const { rows } = this.sent(), full = new Set(rows);
    this.rows = this.rows.filter((row) => row.locked || full.has(row));
    rows.forEach((row, place) => Object.assign(row, { was: [...row.cells], place, epoch: this.epoch }));
    this.keep(rows);
  }

  /* a change and its opposite: cells set, rows taken out, rows put in */
  apply({ cells = [], removed = [], added = [] }) {
    for (const { row, column, to } of cells) this.set(row, column, to);
    if (removed.length) {
      const gone = new Set(removed.map(({ row }) => row));
      this.rows = this.rows.filter((row) => !gone.has(row));
    }
    for (const { row, at } of added) this.rows.splice(at, 0, row);
  }

  revert({ cells = [], removed = [], added = [] }) {
    if (added.length) {
      const gone = new Set(added.map(({ row }) => row));
      this.rows = this.rows.filter((row) => !gone.has(row));
    }
    for (const { row, at } of removed) this.rows.splice(at, 0, row);
    for (const { row, column, from } of cells) this.set(row, column, from);
  }

  set(row, column, value) {
    row.cells[column] = value;
    this.faults.get(row)?.delete(column);
  }

  fault(row, column) { return this.faults.get(row)?.get(column); }

  /* faults as a check found them, of rows as they were sent */
  take(faults, rows) {
    this.faults = new Map();
    for (const fault of faults) {
      const row = rows[fault.row - 1];
      if (!row) continue;
      const column = Math.max(0, this.columns.findIndex(({ name }) => name === (fault.column ?? '').split('.')[0]));
      if (!this.faults.has(row)) this.faults.set(row, new Map());
      if (!this.faults.get(row).has(column)) this.faults.get(row).set(column, fault);
    }
  }

  /* the changes of another sheet of the same table, begun from an older revision, as one change of this one */
  onto(mine) {
    const theirs = new Map(this.own.map((row) => [this.key(row.cells), row]));
    const cells = [], added = [], removed = [], clashes = [];
    const put = (row, old, wanted) => wanted.forEach((to, column) => {
      const from = row.cells[column];
      if (to === (old ? old[column] : null) || to === from) return;
      if (!old || from !== old[column]) clashes.push({ row, column });
      cells.push({ row, column, from, to });
    });
    const left = new Set();
    for (const row of mine.own) {
      const old = mine.isNew(row) ? null : row.was, there = theirs.get(mine.key(old ?? row.cells));
      if (old) left.add(mine.key(old));
      if (!mine.touched(row)) continue;
      if (there) { put(there, old, row.cells); continue; }
      const fresh = { ...this.blank(), cells: [...row.cells] };
      added.push({ row: fresh, at: this.end + added.length });
      if (old) clashes.push({ row: fresh, column: 0 });
    }
    for (const [key, was] of mine.base) {
      const row = left.has(key) ? undefined : theirs.get(key);
      if (!row) continue;
      if (row.cells.some((cell, column) => cell !== was[column])) clashes.push({ row, column: 0 });
      else removed.push({ row, at: this.rows.indexOf(row) });
    }
    for (const one of added) one.at -= removed.length;
    return { change: { cells, added, removed }, clashes };
  }
}
