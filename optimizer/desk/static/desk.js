import { figure, written } from './figures.js';

const $ = (id) => document.getElementById(id);
const all = (what, of = document) => [...of.querySelectorAll(what)];

written(document);

/* light or dark */
$('theme')?.addEventListener('click', () => {
  const root = document.documentElement, next = root.dataset.theme === 'dark' ? 'light' : 'dark';
  root.dataset.theme = next;
  try { localStorage.setItem('theme', next); } catch { /* a browser may forbid storage */ }
});

/* a run, live: the browser connects again by itself, and says which event it had last */
const follow = (live, ended) => {
  const events = new EventSource(`${live.dataset.events}?after=${live.dataset.after}`);
  const part = (id) => live.querySelector(`#${id}`);
  const began = performance.now(), first = Number(live.querySelector('#done data')?.value ?? 0);
  const known = new Set(all('#answers li', live).map((line) => line.textContent));
  events.addEventListener('progress', (event) => {
    const at = JSON.parse(event.data);
    part('done').replaceChildren(figure(at.done));
    part('total').replaceChildren(figure(at.total));
    const bar = part('bar');
    bar.max = at.total || 1;
    bar.value = at.done;
    let past = true;
    for (const stage of all('#stages [data-stage]', live)) {
      const now = stage.dataset.stage === at.stage;
      stage.className = now ? 'now' : past ? 'done' : '';
      if (now) past = false;
    }
    part('h-live').textContent = at.stage === 'results' ? 'Writing' : 'Solving';
    const got = at.done - first, seconds = (performance.now() - began) / 1000;
    if (got >= 2 && at.done < at.total) part('left').replaceChildren('about ', figure(Math.ceil(seconds / got * (at.total - at.done))), ' s left');
    else part('left').textContent = '';
    if (at.stage === 'scenario' && at.scenario && !known.has(`${at.scenario} ${at.answer}`)) {
      known.add(`${at.scenario} ${at.answer}`);
      const line = document.createElement('li'), soft = document.createElement('span');
      soft.className = 'soft';
      soft.textContent = at.answer;
      line.append(`${at.scenario} `, soft);
      part('answers').append(line);
    }
  });
  events.addEventListener('started', () => { part('h-live').textContent = 'Solving'; part('state').textContent = ''; });
  events.onerror = () => {
    if (events.readyState === EventSource.CLOSED) ended();
    else part('state').textContent = 'The service cannot be reached just now. What is finished is kept; trying again.';
  };
  events.onopen = () => { if (part('state').textContent.startsWith('The service')) part('state').textContent = ''; };
  for (const kind of ['succeeded', 'failed', 'cancelled']) events.addEventListener(kind, () => { events.close(); ended(); });
  return events;
};
if ($('live')) follow($('live'), () => location.reload());

/* why? in a panel: the same page that opens without a script, beside the answer */
const drawer = $('drawer');
let open = null, stream = null;
const shut = () => {
  stream?.close();
  stream = null;
  drawer.hidden = true;
  drawer.replaceChildren();
  open?.setAttribute('aria-expanded', 'false');
  open?.focus();
  open = null;
};
const draw = (page) => {
  const from = new DOMParser().parseFromString(page, 'text/html');
  const head = document.createElement('header'), close = document.createElement('button');
  close.type = 'button';
  close.className = 'plain';
  close.textContent = 'Close';
  close.addEventListener('click', shut);
  head.append(close);
  const body = from.querySelector('#said') ?? from.querySelector('#live') ?? from.querySelector('.state');
  drawer.replaceChildren(head, ...(body ? [document.adoptNode(body)] : ['Nothing came back.']));
  written(drawer);
  return drawer.querySelector('#live');
};
const show = async (address, options) => {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch {
    drawer.append('The service cannot be reached just now; nothing was asked.');
    return;
  }
  if (drawer.hidden) return;
  const live = draw(await answer.text());
  if (live) stream = follow(live, () => { stream?.close(); show(answer.url); });
  else drawer.querySelector('button').focus();
};
if (drawer) {
  for (const form of all('form.ask')) form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (open) open.setAttribute('aria-expanded', 'false');
    stream?.close();
    open = form.querySelector('button');
    open.setAttribute('aria-expanded', 'true');
    open.setAttribute('aria-controls', 'drawer');
    drawer.hidden = false;
    drawer.replaceChildren('Asking\u2026');
    show(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
  });
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape' && !drawer.hidden) shut(); });
}

/* scenarios chosen, and how many answers that is */
const choose = $('choose');
if (choose) {
  const boxes = all('input[name=scenario]', choose), answers = all('input[name=answer]', choose);
  const count = () => {
    const some = boxes.filter((box) => box.checked).length, each = Math.max(1, answers.filter((box) => box.checked).length);
    $('size').replaceChildren(figure(some), ' of ', figure(boxes.length), ' scenarios, ', figure(1 + some * each), ' answers with the base plan');
  };
  choose.addEventListener('change', count);
  for (const button of all('[data-pick]', choose)) button.addEventListener('click', () => {
    for (const box of boxes) box.checked = button.dataset.pick === 'all';
    count();
  });
  count();
}

/* a case in one file, kept as the service keeps it; what is wrong with it is told beside */
const KINDS = { xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', zip: 'application/zip' };
for (const form of all('form.upload')) {
  const { token, case: fixed, revision } = form.dataset, { file, name } = form.elements, say = form.querySelector('[role=status]');
  const tell = (text, faults = []) => {
    const list = document.createElement('ul');
    for (const fault of faults.slice(0, 30)) list.append(Object.assign(document.createElement('li'), { textContent: fault.text }));
    say.replaceChildren(text, ...(faults.length > 1 ? [list] : []));
  };
  form.hidden = false;
  file.addEventListener('change', () => {
    if (name && !name.value && file.files[0]) name.value = file.files[0].name.replace(/\.[^.]*$/, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const [given] = file.files, kind = KINDS[given.name.split('.').at(-1).toLowerCase()], called = fixed || name.value;
    if (!kind) { tell('Expected a file that ends in xlsx or zip.'); return; }
    tell('Checking\u2026');
    const when = revision ? { 'If-Match': `"${revision}"` } : { 'If-None-Match': '*' };
    try {
      const answer = await fetch(`/cases/${called}/file`, { method: 'PUT', body: given, headers: { 'Content-Type': kind, 'X-CSRF': token, ...when } });
      const said = await answer.json();
      if (answer.ok) location.assign(`/cases/${called}`);
      else if (answer.status !== 412) tell(said.detail, said.faults);
      else tell(revision ? 'Somebody saved this case meanwhile; load the page again to see it. Nothing was replaced.' : `There is a case ${called} already; open it to replace it, or choose another name.`);
    } catch { tell('The service cannot be reached just now; nothing was kept.'); }
  });
}
