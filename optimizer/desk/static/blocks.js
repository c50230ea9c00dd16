/* Blocks of cells as spreadsheets put them on the clipboard: tabs between cells, and quotes round those that hold one,
   a quote or a line end. */
export const OWN = 'application/x-lodestar-cells';

const parts = (text) => {
  const rows = [[]];
  let cell = '', quoted = false, begins = true;
  const next = () => { rows.at(-1).push(cell); cell = ''; begins = true; };
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') { cell += '"'; i++; } else quoted = false;
    } else if (letter === '"' && begins) { quoted = true; begins = false; }
    else if (letter === '\t') next();
    else if (letter === '\n' || letter === '\r') {
      if (letter === '\r' && text[i + 1] === '\n') i++;
      next();
      rows.push([]);
    } else { cell += letter; begins = false; }
  }
  if (cell !== '' || !begins || rows.at(-1).length) next(); else rows.pop();
  return rows;
};

/* what a spreadsheet would run goes to it behind a mark, as in the files of a case, and comes back without */
const FIRST = /^[=+\-@']/;
const marked = (text) => (FIRST.test(text) ? `'${text}` : text);
const unmarked = (text) => (text[0] === "'" && FIRST.test(text.slice(1)) ? text.slice(1) : text);

/* a cell of a table is one line: what breaks one in a spreadsheet is a blank here; an empty one is null */
const line = (text) => unmarked(text.replace(/\s*[\r\n\t]+\s*/g, ' ').trim()) || null;

export const read = (data) => {
  const own = data.getData(OWN);
  if (own) return JSON.parse(own);
  return parts(data.getData('text/plain')).map((row) => row.map(line));
};

const quote = (text) => (/["\t\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

export const write = (data, rows, shown) => {
  data.setData('text/plain', rows.map((row) => row.map((cell) => quote(typeof cell === 'string' ? marked(cell) : shown(cell))).join('\t')).join('\n'));
  data.setData(OWN, JSON.stringify(rows)); // so that a block that stays here needs no reading
};
