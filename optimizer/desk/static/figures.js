/* Figures and days as the reader is used to: every number of a page stands in data, every day in time. */
export const languages = navigator.languages && navigator.languages.length ? navigator.languages : undefined;
const formats = new Map();
const format = (digits, sign) => {
  const key = `${digits} ${sign}`;
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(languages, {
    minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: sign ? 'exceptZero' : 'auto' }));
  return formats.get(key);
};
export const number = (value, digits, size = 1, sign = false) => {
  const shown = value / size, least = 10 ** -digits;
  if (shown !== 0 && Math.abs(shown) < least / 2) return `${shown < 0 ? '\u2212' : sign ? '+' : ''}<${format(digits, false).format(least)}`;
  return format(digits, sign).format(shown).replace('-', '\u2212');
};
export const written = (of) => {
  for (const some of of.querySelectorAll('data[data-d]')) {
    const { d, size, sign } = some.dataset;
    some.textContent = number(Number(some.value), Number(d), size ? Number(size) : 1, sign === '1');
  }
  for (const some of of.querySelectorAll('time[datetime]')) {
    const at = some.dateTime, moment = at.length > 10;
    const day = moment ? new Date(at) : new Date(`${at}T00:00:00Z`);
    const how = moment ? { dateStyle: 'medium', timeStyle: 'short' } : { dateStyle: 'medium', timeZone: 'UTC' };
    some.textContent = new Intl.DateTimeFormat(languages, how).format(day);
  }
};
export const figure = (value, digits = 0) => {
  const made = document.createElement('data');
  made.value = String(value);
  made.dataset.d = String(digits);
  made.textContent = number(value, digits);
  return made;
};

/* a number as it is kept: all its digits, with the reader's decimal mark */
const point = new Intl.NumberFormat(languages).formatToParts(1.5).find((part) => part.type === 'decimal').value;
const digits = (value) => {
  const [whole, power = '0'] = String(value).split('e');
  return Math.max(0, (whole.split('.')[1] ?? '').length - Number(power));
};
export const full = (value) => number(value, digits(value));
export const exact = (value) => {
  const made = document.createElement('data');
  made.value = String(value);
  made.textContent = full(value);
  return made;
};
export const plain = (value) => (String(value).includes('e') ? value.toFixed(digits(value)) : String(value)).replace('.', point);
