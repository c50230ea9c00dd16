'use strict';
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = read('data');
  const INK = '#1d2329', SOFT = '#55606b', LINE = '#d5dbe1';
  const PAIR = ['#0072b2', '#e69f00', '#009e73'];
  const DASHES = ['solid', 'dashed', 'dotted', [8, 3, 2, 3], [3, 3]];
  const STAGES = {concentrate: ['concentrate', '#117733'], oxide: ['oxide', '#0072b2'], metal: ['metal', '#aa4499'],
    magnet: ['magnet', '#d55e00'], scrap: ['scrap', '#777777']};
  const PRINTED = 680, GAP = 16, SMALL = 208, LEGEND = 30, EDGE = 6;
  const HIGH = {'chart-flows': 310, 'chart-map': 330}, COLUMNS = {'chart-cover': 3, 'chart-shares': 2};
  const charts = new Map();
  const media = matchMedia('print');
  let chosen = data.first, printed = media.matches;

  // The world, and the same with the land repeated on both sides, for lanes over the antimeridian.
  const world = read('world');
  const turned = ({geometry, ...land}, turn) => ({...land, geometry: {...geometry, coordinates: geometry.coordinates.map(
    (polygon) => polygon.map((ring) => ring.map(([lon, lat]) => [lon + turn, lat])))}});
  echarts.registerMap('world', world);
  echarts.registerMap('worlds', {...world, features: [-360, 0, 360].flatMap((turn) => world.features.map((land) => turned(land, turn)))});
  const still = {animation: false, aria: {enabled: true}, textStyle: {fontFamily: getComputedStyle(document.body).fontFamily, color: INK}};

  // Names come from the user's files: text in tooltips is escaped here, everywhere else it is set as text.
  const escaped = (value) => String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const shown = (value, digits) => value.toLocaleString('en', {maximumFractionDigits: digits});
  const tonnes = (value) => (value >= 0.05 ? shown(value, value >= 9.5 ? 0 : 1) : value >= 1e-6 ? '<0.1' : '0');
  const percent = (value) => `${shown(100 * value, 1)}%`;
  const country = (code) => data.names[code] || code;
  const narrow = ([wide]) => wide < 520;

  // On paper a box has no height until its chart gives it one: there the sizes are those of the page.
  function room(box) {
    if (!printed) return [box.clientWidth, box.clientHeight];
    const columns = COLUMNS[box.parentElement.parentElement.id] || 1;
    return [PRINTED / columns - (columns > 1 ? GAP : 0), HIGH[box.id] || parseFloat(box.style.height) || SMALL];
  }

  // Where there is no room (a hidden frame, a window of no width) a map cannot be drawn, nor any chart be seen.
  function paint(box) {
    const one = charts.get(box), [width, height] = room(box);
    if (width < 1 || height <= LEGEND) return;
    one.chart ||= echarts.init(box, null, {renderer: 'svg', width, height});
    if (one.chart.getWidth() !== width || one.chart.getHeight() !== height) one.chart.resize({width, height});
    one.chart.setOption({...still, ...one.make([width, height], box)}, true);
    fit(box);
  }

  function draw(box, make) {
    if (!box) return;
    charts.set(box, {chart: charts.get(box)?.chart, make});
    paint(box);
  }

  function resize() {
    charts.forEach((_, box) => paint(box));
  }

  function print(on) {
    printed = on;
    resize();
  }

  // A viewBox lets the picture follow a page that is narrower than the screen it was drawn for.
  function fit(box) {
    const svg = box.querySelector('svg');
    if (svg) svg.setAttribute('viewBox', `0 0 ${svg.getAttribute('width')} ${svg.getAttribute('height')}`);
  }

  function fill(id, rows) {
    const table = document.getElementById(id);
    if (!table) return;
    const body = document.createElement('tbody');
    const sides = [...table.tHead.rows[0].cells].map((cell) => cell.className);
    rows.forEach((row) => {
      const line = body.insertRow();
      row.forEach((text, i) => {
        const cell = document.createElement(i ? 'td' : 'th');
        if (!i) cell.scope = 'row';
        cell.className = sides[i];
        cell.textContent = text;
        line.append(cell);
      });
    });
    table.replaceChild(body, table.tBodies[0]);
  }

  const tooltip = (formatter) => ({confine: true, formatter, textStyle: {color: INK, fontSize: 12}});

  // ---- flows from the mine to the plant
  // The headings stand over their columns, left of the room for the names of plants.
  function align(box, width, margin) {
    const whole = 100 * (1 - (margin + 16) / width);
    box.previousElementSibling.replaceChildren(...data.columns.map((words, number, all) => {
      const head = document.createElement('span');
      head.textContent = words;
      head.style.left = `${whole * number / Math.max(all.length - 1, 1)}%`;
      return head;
    }));
  }

  function flows(plan) {
    const key = (step, place) => `${step}|${place}`;
    const nodes = new Map();
    const into = {}, out = {};
    const add = (step, place, where, amount) => {
      const name = key(step, place);
      where[name] = (where[name] || 0) + amount;
      nodes.set(name, {name, step, place});
    };
    plan.links.forEach(([step, place, next, other, amount]) => {
      add(step, place, out, amount);
      add(next, other, into, amount);
    });
    const words = ({step, place}) => ({scrap: `scrap ${place}`, stock: `stock ${place}`})[step] || place;
    const longest = Math.max(0, ...[...nodes.values()].filter(({step}) => step === 'plant').map(({place}) => place.length));
    const margin = Math.min(220, 24 + 6.6 * (longest + 6));
    return ([width], box) => (align(box, width, margin), {
      tooltip: tooltip((at) => at.dataType === 'edge'
        ? `${escaped(at.data.words)}: <b>${tonnes(at.value)} t</b>`
        : `${escaped(at.data.words)}: <b>${tonnes(at.data.size)} t</b>`),
      series: [{
        type: 'sankey', left: 2, right: margin, top: 8, bottom: 8, nodeWidth: 14, nodeGap: 12, nodeAlign: 'justify',
        draggable: false, layoutIterations: 64, emphasis: {focus: 'adjacency'},
        data: [...nodes.values()].map((node) => {
          const size = Math.max(into[node.name] || 0, out[node.name] || 0);
          const last = node.step === 'plant';
          return {
            name: node.name, size, depth: data.steps[node.step][0],
            words: `${data.steps[node.step][1]}, ${last ? node.place : country(node.place)}`,
            itemStyle: {color: last ? '#444444' : data.colours[node.place]},
            label: {position: 'right', formatter: `${words(node)} ${tonnes(size)}`.replace(/[{}]/g, '')},
          };
        }),
        links: plan.links.map(([step, place, next, other, amount]) => ({
          source: key(step, place), target: key(next, other), value: amount,
          words: `${data.steps[step][1]}, ${country(place)} to ${data.steps[next][1]}, ${country(other)}`,
        })),
        lineStyle: {color: 'source', opacity: 0.42, curveness: 0.5},
        label: {fontSize: 11, color: INK, textBorderColor: '#fff', textBorderWidth: 3},
      }],
    });
  }

  // ---- sites and lanes
  // A lane takes the shorter way round. One over the antimeridian ends beyond the map's edge, where its end is drawn
  // again and the land goes on, so that it stays in one piece.
  function placed(lanes) {
    const ends = new Map();
    const end = (name, turn, amount) => {
      const key = `${name}|${turn}`, [lon, lat, words] = data.points[name];
      const one = ends.get(key) || {name, words, lon: lon + turn, lat, size: 0};
      ends.set(key, {...one, size: one.size + amount});
      return [one.lon, one.lat];
    };
    const ways = lanes.map(([from, to, stage, amount]) => {
      const apart = data.points[to][0] - data.points[from][0];
      const coords = [end(from, apart > 180 ? 360 : 0, amount), end(to, apart < -180 ? 360 : 0, amount)];
      return {from, to, stage: stage.split(', by ')[0], amount, coords};
    });
    return [ways, [...ends.values()].sort((a, b) => b.size - a.size)];
  }

  // The part of the world shown: all of it, and round every end room for its name.
  function frame(ends) {
    const east = Math.max(180, ...ends.map(({lon}) => lon + 18));
    const west = Math.min(east - 360, ...ends.map(({lon}) => lon - 18));
    return [[west, Math.max(82, ...ends.map(({lat}) => lat + 8))], [east, Math.min(-56, ...ends.map(({lat}) => lat - 8))]];
  }

  // As bent as wanted, or less where the bow would leave the picture.
  function bent(ends, wanted, size) {
    const [[x, y], [u, v]] = ends;
    const bow = (c) => [(x + u) / 2 - (y - v) * c, (y + v) / 2 - (u - x) * c];
    const at = (c, t) => bow(c).map((middle, i) => (1 - t) ** 2 * ends[0][i] + 2 * t * (1 - t) * middle + t ** 2 * ends[1][i]);
    const outside = (c) => [0.2, 0.35, 0.5, 0.65, 0.8].some((t) => at(c, t).some((part, i) => part < EDGE || part > size[i] - EDGE));
    let curve = wanted;
    while (curve > 0.02 && outside(curve)) curve *= 0.8;
    return curve;
  }

  function map(plan) {
    const [ways, ends] = placed(plan.lanes.filter(([from, to]) => data.points[from] && data.points[to]));
    const [[west, north], [east, south]] = frame(ends);
    const most = Math.max(...ways.map((way) => way.amount), 1);
    const largest = Math.max(...ends.map((one) => one.size), 1);
    return (whole) => {
      const small = narrow(whole), size = [whole[0], whole[1] - LEGEND];
      const pixel = ([lon, lat]) => [size[0] * (lon - west) / (east - west), size[1] * (north - lat) / (north - south)];
      return {
        tooltip: tooltip((at) => at.seriesType === 'lines' ? at.data.words.map(escaped).join('<br>') : escaped(at.data.words)),
        legend: {bottom: 0, itemWidth: small ? 10 : 18, itemGap: small ? 6 : 10, textStyle: {color: INK, fontSize: small ? 10 : 12}},
        geo: {
          map: east > 180 || west < -180 ? 'worlds' : 'world', silent: true, roam: false, left: 0, right: 0, top: 0, bottom: LEGEND,
          boundingCoords: [[west, north], [east, south]],
          itemStyle: {areaColor: '#e8ebee', borderColor: '#c3cad1', borderWidth: 0.5}, emphasis: {disabled: true},
        },
        series: [
          ...Object.entries(STAGES).map(([stage, [name, color]], number) => ({
            type: 'lines', coordinateSystem: 'geo', name, color, z: 3, symbol: ['none', 'arrow'], symbolSize: small ? 5 : 8,
            itemStyle: {color},
            data: ways.filter((way) => way.stage === stage).map(({from, to, amount, coords}) => ({
              coords, words: [`${data.points[from][2]} to ${data.points[to][2]}`, `${name}: ${tonnes(amount)} t`],
              lineStyle: {color, width: 0.8 + (small ? 4 : 7) * Math.sqrt(amount / most), opacity: 0.72,
                curveness: bent(coords.map(pixel), 0.14 + 0.07 * number, size)},
            })),
          })).filter((series) => series.data.length),
          {
            type: 'scatter', coordinateSystem: 'geo', z: 5, itemStyle: {color: INK, borderColor: '#fff', borderWidth: 1},
            label: {show: true, position: 'right', formatter: (at) => at.name, fontSize: small ? 9 : 11, color: INK,
              textBorderColor: '#fff', textBorderWidth: 3},
            labelLayout: {hideOverlap: true},
            data: ends.map(({name, words, lon, lat, size}) => ({
              name, value: [lon, lat], words: `${words} (${name})`, symbolSize: 5 + 7 * Math.sqrt(size / largest),
              label: {position: east - lon < 40 ? 'left' : 'right'},
            })),
          },
        ],
      };
    };
  }

  // ---- small multiples
  function panels(id, list) {
    const parent = document.getElementById(id);
    if (!parent) return;
    [...parent.querySelectorAll('.chart')].forEach((box) => {
      charts.get(box)?.chart?.dispose();
      charts.delete(box);
    });
    parent.replaceChildren(...list.map(([title, make]) => {
      const one = document.createElement('div'), head = document.createElement('h4'), box = document.createElement('div');
      one.className = 'one';
      head.textContent = title;
      box.className = 'chart';
      one.append(head, box);
      box.make = make;
      return one;
    }));
    parent.querySelectorAll('.chart').forEach((box) => draw(box, box.make));
  }

  const axes = (labels, format, max) => ({
    xAxis: {type: 'category', data: labels, axisLabel: {color: SOFT, hideOverlap: true, fontSize: 10},
      axisLine: {lineStyle: {color: SOFT}}},
    yAxis: {type: 'value', min: 0, max, interval: max && max / 4, axisLabel: {color: SOFT, formatter: format, fontSize: 10}, splitNumber: 4,
      splitLine: {lineStyle: {color: LINE}}},
  });

  function cover(plan) {
    return Object.keys(plan.cover).sort().map((key) => [key, () => {
      const target = data.targets[key];
      return {
        ...axes(data.periods, (value) => shown(value, 0)),
        grid: {left: 34, right: 10, top: 12, bottom: 22},
        tooltip: {...tooltip((all) => [escaped(all[0].name), ...all.map((at) =>
          `${escaped(at.seriesName)}: <b>${at.value === undefined ? '-' : shown(at.value, 1)} days</b>`)].join('<br>')), trigger: 'axis'},
        series: [
          {name: 'in stock', type: 'line', data: data.periods.map((period) => plan.cover[key][period] ?? null),
            symbolSize: 5, color: PAIR[0], areaStyle: {opacity: 0.12}},
          ...(target ? [{name: 'target', type: 'line', data: data.periods.map(() => target), symbol: 'none',
            lineStyle: {type: 'dashed', width: 1.5}, color: '#b45309'}] : []),
        ],
      };
    }]);
  }

  function shares() {
    return (data.shares || []).map((stage) => [stage.title, () => ({
      ...axes(stage.years, (value) => `${Math.round(100 * value)}%`, 1),
      grid: {left: 40, right: 10, top: 40, bottom: 22},
      legend: {type: 'plain', top: 0, itemWidth: 20, itemHeight: 8, itemGap: 8, textStyle: {color: INK, fontSize: 10},
        data: stage.lines.map(({name}) => country(name))},
      tooltip: {...tooltip((all) => [escaped(all[0].name), ...all.filter((at) => at.value !== undefined && at.value !== null)
        .map((at) => `${escaped(at.seriesName)}: <b>${percent(at.value)}</b>`)].join('<br>')), trigger: 'axis'},
      series: [
        ...stage.lines.map(({name, values}, i) => ({name: country(name), type: 'line', data: values, symbolSize: 6,
          symbol: ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle'][i % 5],
          color: data.colours[name] || SOFT, lineStyle: {width: 2, type: DASHES[0]}})),
        ...stage.limits.map(({name, sense, of, values}) => ({name: `${name} (${sense}, ${of})`, type: 'line', data: values,
          symbol: 'rect', symbolSize: [26, 2], color: INK, lineStyle: {type: 'dashed', width: 1.2}})),
      ],
    })]);
  }

  // ---- bars
  // Unit and text of every bar come with the data.
  function bars({names, unit, series}) {
    const several = series.length > 1;
    return () => ({
      grid: {left: 8, right: 44, top: several ? 30 : 8, bottom: 8, containLabel: true},
      legend: several ? {top: 0, left: 0, textStyle: {color: INK}} : undefined,
      tooltip: {...tooltip((all) => [escaped(all[0].name), ...all.map((at) =>
        `${escaped(at.seriesName)}: <b>${at.data.said} ${unit}</b>`)].join('<br>')),
        trigger: 'axis', axisPointer: {type: 'shadow'}},
      xAxis: {type: 'value', axisLabel: {color: SOFT, hideOverlap: true}, splitLine: {lineStyle: {color: LINE}}},
      yAxis: {type: 'category', data: names, inverse: true, axisTick: {show: false},
        axisLabel: {color: INK, fontSize: 11, width: 200, overflow: 'truncate'}},
      series: series.map(({name, values, said}, i) => ({
        name, type: 'bar', data: values.map((value, row) => ({value, said: said[row]})), color: PAIR[i], barMaxWidth: 16, barGap: '10%',
        label: {show: true, position: 'right', fontSize: 10, color: SOFT, formatter: (at) => (at.value === null ? '' : at.data.said)},
      })),
    });
  }

  function tall(id, rows, each) {
    const box = document.getElementById(id);
    if (box) box.style.height = `${60 + each * rows}px`;
    return box;
  }

  function drawBars(id, some, each) {
    if (some) draw(tall(id, some.names.length, each), bars(some));
  }

  function drawCosts() {
    if (!data.costs) return;
    const called = Object.fromEntries(data.answers);
    const series = [...new Set([data.first, chosen])].map((id) => {
      const one = data.costs.series.find(({name}) => name === id);
      return {...one, name: called[id]};
    });
    const size = (row) => Math.max(...series.map(({values}) => Math.abs(values[row])));
    const rows = data.costs.names.map((_, row) => row).filter(size).sort((a, b) => size(b) - size(a));
    const some = (list) => rows.map((row) => list[row]);
    drawBars('chart-costs', {
      ...data.costs, names: some(data.costs.names),
      series: series.map((one) => ({...one, values: some(one.values), said: some(one.said)})),
    }, series.length > 1 ? 34 : 24);
  }

  function show(id) {
    chosen = id;
    const plan = data.plans[id];
    draw(document.getElementById('chart-flows'), flows(plan));
    fill('table-flows', plan.links.map(([step, place, next, other, amount]) =>
      [data.steps[step][1], country(place), data.steps[next][1], country(other), tonnes(amount)]));
    draw(document.getElementById('chart-map'), map(plan));
    fill('table-map', plan.lanes.map(([from, to, stage, amount]) => [country(from), country(to), stage, tonnes(amount)]));
    panels('chart-cover', cover(plan));
    fill('table-cover', Object.keys(plan.cover).sort().map((key) => [key, data.targets[key] ? shown(data.targets[key], 1) : '-',
      ...data.ends.map((period) => (plan.cover[key][period] === undefined ? '-' : shown(plan.cover[key][period], 0)))]));
    drawCosts();
  }

  if (data.first) {
    drawBars('chart-changes', data.changes, 34);
    show(data.first);
    panels('chart-shares', shares());
    drawBars('chart-concentration', data.concentration, 56);
    const choice = document.getElementById('plan');
    if (choice) {
      choice.value = data.first;
      choice.addEventListener('change', () => show(choice.value));
    }
  }
  (data.bars || []).forEach(({id, each, ...some}) => drawBars(id, some, each));
  if (charts.size) {
    window.addEventListener('resize', resize);
    window.addEventListener('beforeprint', () => print(true));
    window.addEventListener('afterprint', () => print(false));
    media.addEventListener('change', () => print(media.matches));
  }
})();
