// Natural Earth's land as a small GeoJSON cut at the antimeridian, and a name and a point for every country.
import {readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {feature} from 'topojson-client';

const require = createRequire(import.meta.url);
const read = (name) => JSON.parse(readFileSync(require.resolve(name), 'utf8'));
const vendor = new URL('../../optimizer/report/vendor/', import.meta.url);
const SOUTH = -60;

// A ring without jumps: longitudes run on beyond 180 instead.
function unroll(ring) {
  let turn = 0;
  return ring.map(([lon, lat], i) => {
    if (i && lon - ring[i - 1][0] > 180) turn -= 360;
    if (i && lon - ring[i - 1][0] < -180) turn += 360;
    return [lon + turn, lat];
  });
}

// The part of a ring on one side of a meridian (Sutherland-Hodgman).
function clip(ring, at, side) {
  const inside = ([lon]) => side * (lon - at) >= 0;
  const out = [];
  ring.forEach((b, i) => {
    const a = ring[(i + ring.length - 1) % ring.length];
    if (inside(a) !== inside(b)) out.push([at, a[1] + ((at - a[0]) / (b[0] - a[0])) * (b[1] - a[1])]);
    if (inside(b)) out.push(b);
  });
  return out;
}

const area = (ring) => ring.reduce((sum, [x, y], i) => {
  const [u, v] = ring[(i + 1) % ring.length];
  return sum + (x * v - u * y) / 2;
}, 0);

function rounded(ring) {
  const points = ring.map(([lon, lat]) => [Math.round(lon * 10) / 10, Math.round(lat * 10) / 10]);
  const kept = points.filter(([x, y], i) => !i || x !== points[i - 1][0] || y !== points[i - 1][1]);
  if (kept.length && kept[0].join() !== kept[kept.length - 1].join()) kept.push(kept[0]);
  return kept;
}

// Polygons within -180 to 180, from one whose ring may cross. Holes (lakes) are left out.
function split(rings) {
  const ring = unroll(rings[0].slice(0, -1));
  const parts = [];
  for (const shift of [-360, 0, 360]) {
    const moved = ring.map(([lon, lat]) => [lon + shift, lat]);
    const part = rounded(clip(clip(moved, -180, 1), 180, -1));
    if (part.length >= 4 && Math.abs(area(part)) > 0.02) parts.push([part]);
  }
  return parts;
}

const polygons = (shape) => (shape.type === 'Polygon' ? [shape.coordinates] : shape.coordinates);
const atlas = read('world-atlas/land-110m.json');
const land = feature(atlas, atlas.objects.land).features.flatMap((one) => polygons(one.geometry));
const parts = land.filter(([ring]) => ring.some(([, lat]) => lat > SOUTH)).flatMap(split);
writeFileSync(new URL('world.json', vendor), JSON.stringify({
  type: 'FeatureCollection',
  features: [{type: 'Feature', properties: {name: 'land'}, geometry: {type: 'MultiPolygon', coordinates: parts}}],
}) + '\n');

const inside = (ring, [x, y]) => ring.reduce((odd, [ax, ay], i) => {
  const [bx, by] = ring[(i + ring.length - 1) % ring.length];
  return (ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax ? !odd : odd;
}, false);

// The point of a coarse grid that lies inside a ring and farthest from its edge.
function middle(ring) {
  const xs = ring.map(([x]) => x), ys = ring.map(([, y]) => y);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  let best = ring[0], most = -1;
  for (let i = 1; i < 40; i += 1) for (let j = 1; j < 40; j += 1) {
    const point = [left + ((right - left) * i) / 40, low + ((high - low) * j) / 40];
    const far = Math.min(...ring.map(([x, y]) => Math.hypot((x - point[0]) * Math.cos((y * Math.PI) / 180), y - point[1])));
    if (far > most && inside(ring, point)) [best, most] = [point, far];
  }
  return [best[0] > 180 ? best[0] - 360 : best[0], best[1]].map((number) => Math.round(number * 10) / 10);
}

const alpha2 = Object.fromEntries(read('i18n-iso-countries/codes.json').map(([two, , number]) => [number, two]));
const world = read('world-atlas/countries-50m.json');
const countries = {};
for (const one of feature(world, world.objects.countries).features) {
  const code = alpha2[one.id];
  if (!code || code in countries) continue;
  const rings = polygons(one.geometry).map(([ring]) => unroll(ring.slice(0, -1)));
  const largest = rings.reduce((a, b) => (Math.abs(area(b)) > Math.abs(area(a)) ? b : a));
  countries[code] = [one.properties.name, ...middle(largest)];
}
const lines = Object.keys(countries).sort().map((code) => `${JSON.stringify(code)}: ${JSON.stringify(countries[code])}`);
writeFileSync(new URL('countries.json', vendor), `{\n${lines.join(',\n')}\n}\n`);
