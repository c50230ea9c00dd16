// The hashes of what was built, in the format of `sha256sum`; a test holds the files to them.
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';

const vendor = new URL('../../optimizer/report/vendor/', import.meta.url);
const line = (name) => `${createHash('sha256').update(readFileSync(new URL(name, vendor))).digest('hex')}  ${name}\n`;
writeFileSync(new URL('SHA256SUMS', vendor), ['countries.json', 'echarts.min.js', 'world.json'].map(line).join(''));
