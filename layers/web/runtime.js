/* What Leaflet lacks for our maps: shapes, text-only tooltips and pop-ups, panels, selection.
   Every string of data reaches the page through textContent; nothing here builds HTML from data. */
window.CorridorMap = window.CorridorMap || (function () {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const WIDE = 900;
  const maps = [];

  const el = (tag, text, cls) => {
    const e = document.createElement(tag);
    if (text !== undefined && text !== null) e.textContent = String(text);
    if (cls) e.className = cls;
    return e;
  };

  /* Outlines on the unit circle; the marker's radius scales them. */
  const POLYGONS = {
    triangle: [[0, -1.15], [1.05, 0.75], [-1.05, 0.75]],
    square: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
    diamond: [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]],
    star: [...Array(10).keys()].map((i) => {
      const r = i % 2 ? 0.48 : 1.2, a = (Math.PI * i) / 5;
      return [r * Math.sin(a), -r * Math.cos(a)];
    }),
  };
  const outline = (shape, x, y, r) => {
    const at = (p) => (x + r * p[0]).toFixed(1) + " " + (y + r * p[1]).toFixed(1);
    const arc = (sweep) => `a${r} ${r} 0 1 ${sweep} `;
    const circle = `M${x - r} ${y}${arc(0)}${2 * r} 0${arc(0)}${-2 * r} 0z`;
    if (shape === "slash") return `M${at([-1, 1])}L${at([1, -1])}`;
    if (shape === "cross") return `M${at([-1, -1])}L${at([1, 1])}M${at([1, -1])}L${at([-1, 1])}`;
    if (shape === "half") return `${circle}M${x} ${y - r}a${r} ${r} 0 0 1 0 ${2 * r}z`; /* even-odd: right half empty */
    if (POLYGONS[shape]) return "M" + POLYGONS[shape].map(at).join("L") + "z";
    return circle;
  };

  const TURN = 360;

  /* The world is drawn again to either side, in pixels: a line over the Pacific is whole wherever the map is, a wide
     frame is filled, and the data travel once. Each feature stays one path, so hover and click hold for every copy.
     A copy is made only where it is in sight, and cut only where it leaves it. */
  const shifts = (map) => {
    const world = map.options.crs.scale(map.getZoom()), most = Math.max(1, Math.ceil(map.getSize().x / world / 2 - 0.5));
    return [...Array(2 * most + 1).keys()].map((i) => (i - most) * world);
  };
  const beside = (p, x) => L.point(p.x + x, p.y);
  for (const kind of [L.Polyline, L.Polygon]) {
    const clipOnce = kind.prototype._clipPoints;
    kind.include({
      _clipPoints() {
        const rings = this._rings, box = this._pxBounds, seen = this._renderer._bounds, parts = [];
        if (box) for (const x of shifts(this._map)) {
          this._pxBounds = L.bounds(beside(box.min, x), beside(box.max, x));
          if (!this._pxBounds.intersects(seen)) continue;
          this._rings = x ? rings.map((ring) => ring.map((p) => beside(p, x))) : rings;
          if (seen.contains(this._pxBounds)) this._parts = this._rings;
          else clipOnce.call(this);
          parts.push(...this._parts);
        }
        Object.assign(this, { _rings: rings, _pxBounds: box, _parts: parts });
      },
    });
  }

  /* A line or area comes as whole numbers, longitude and latitude in turn, each the step from the one before
     (layers/steps.py). It is projected from these, one vertex a pixel; Leaflet's own places, two objects a vertex, are
     made only when somebody asks: for a click, a selection, a download. */
  const flat = (steps) => (typeof steps[0] === "number" ? [steps] : steps.flatMap(flat));
  const placesOf = (steps, grain) => {
    if (typeof steps[0] !== "number") return steps.map((part) => placesOf(part, grain));
    let lng = 0, lat = 0;
    return [...Array(steps.length / 2).keys()].map((i) => L.latLng((lat += steps[2 * i + 1]) / grain, (lng += steps[2 * i]) / grain));
  };
  const pixels = (map, steps, grain, stop) => {
    const world = map.options.crs.scale(map.getZoom()), origin = map.getPixelOrigin(), found = [];
    const most = L.Projection.SphericalMercator.MAX_LATITUDE;
    let lng = 0, lat = 0, last = null;
    for (let i = 0; i < stop; i += 2) {
      lng += steps[i];
      lat += steps[i + 1];
      const sin = Math.sin(Math.max(Math.min(most, lat / grain), -most) * Math.PI / 180);
      const x = Math.round(world * (0.5 + lng / grain / TURN)) - origin.x;
      const y = Math.round(world * (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI))) - origin.y;
      if (last === null || x !== last.x || y !== last.y || i === stop - 2) found.push(last = new L.Point(x, y));
    }
    return found;
  };
  const stepped = (kind, closed) => {
    const made = kind.extend({
      initialize({ steps, grain }, style) {
        L.setOptions(this, style);
        this.cmSteps = steps;
        this.cmGrain = grain;
      },
      _project() {
        const bounds = new L.Bounds(); /* of a ring, the last vertex is the first again */
        this._rings = flat(this.cmSteps).map((steps) => pixels(this._map, steps, this.cmGrain, steps.length - (closed ? 2 : 0)));
        this._rings.forEach((ring) => ring.forEach((at) => bounds.extend(at)));
        if (!bounds.isValid()) return;
        this._rawPxBounds = bounds;
        this._updateBounds();
      },
    });
    const late = (name) => ({
      get() { this._setLatLngs(placesOf(this.cmSteps, this.cmGrain)); return this[name]; },
      set(value) { Object.defineProperty(this, name, { value, writable: true }); },
    });
    Object.defineProperties(made.prototype, { _latlngs: late("_latlngs"), _bounds: late("_bounds") });
    return made;
  };
  const Line = stepped(L.Polyline, false), Area = stepped(L.Polygon, true);
  const drawn = ({ geometry }, style) => {
    if (!geometry.steps) return L.GeoJSON.geometryToLayer(geometry, { ...style, pointToLayer: (_, at) => new Shape(at, style) });
    return new (geometry.type.endsWith("Polygon") ? Area : Line)(geometry, style);
  };
  const Shape = L.CircleMarker.extend({
    _updatePath() {
      if (!this._renderer._setPath) return L.CircleMarker.prototype._updatePath.call(this);
      const r = this._radius, { x, y } = this._point, seen = this._renderer._bounds;
      const drawn = shifts(this._map).map((by) => x + by).filter((at) => seen.intersects(L.bounds([at - r, y - r], [at + r, y + r])));
      this._renderer._setPath(this, drawn.map((at) => outline(this.options.shape, at, y, r)).join("") || "M0 0");
    },
  });
  /* The copy of a place that is nearest another. */
  const near = (at, other) => L.latLng(at.lat, at.lng + TURN * Math.round((other.lng - at.lng) / TURN));
  /* Where a pop-up opens: on a line where it was clicked, on the copy of a point that was. */
  const clicked = (map, e) => {
    const spot = e.originalEvent && e.originalEvent.clientX !== undefined ? map.mouseEventToLatLng(e.originalEvent) : e.latlng;
    return e.layer.getLatLng ? near(e.layer.getLatLng(), spot) : spot;
  };

  const webAddress = (v) => {
    if (typeof v !== "string" || !/^https?:\/\//i.test(v)) return null;
    try { return ["http:", "https:"].includes(new URL(v).protocol) ? v : null; } catch { return null; }
  };
  const card = (p, fields) => {
    const box = el("div", null, "cm-card"), table = el("table");
    box.append(el("strong", p.name), table);
    for (const [key, label] of fields) {
      if (p[key] === undefined) continue;
      const row = table.insertRow(), href = webAddress(p[key]);
      row.append(el("th", label));
      const value = el(href ? "a" : "span", p[key] === null ? "unknown" : p[key]);
      if (href) Object.assign(value, { href, target: "_blank", rel: "noopener noreferrer" });
      row.insertCell().append(value);
    }
    return box;
  };

  /* A label that would cover another or leave the map moves to another side of its point; with no side free it waits for a nearer view. */
  const SIDES = [["right", [9, 0]], ["left", [-9, 0]], ["top", [0, -7]], ["bottom", [0, 7]]];
  const apart = (a, b) => a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top;
  const untangle = (map) => {
    const kept = [], frame = map.getContainer().getBoundingClientRect();
    map.eachLayer((l) => {
      const label = l.getTooltip && l.getTooltip(), box = label && label.options.permanent && label.getElement();
      if (!box) return;
      label.setLatLng(near(l.getLatLng(), map.getCenter()));
      const free = SIDES.some(([direction, offset]) => {
        Object.assign(label.options, { direction, offset });
        label.update();
        const taken = box.getBoundingClientRect(), inside = taken.left >= frame.left && taken.right <= frame.right;
        const room = inside && kept.every((other) => apart(taken, other));
        if (room) kept.push(taken);
        return room;
      });
      box.style.visibility = free ? "" : "hidden";
    });
  };

  /* Once a frame, however many layers or moves ask: it measures every label. */
  const untangleSoon = (map) => {
    cancelAnimationFrame(map.cmUntangle);
    map.cmUntangle = requestAnimationFrame(() => untangle(map));
  };

  /* One layer per kind; the style of a feature is the kind's default and its own `_s`. */
  const layer = (data, o) => {
    const g = L.featureGroup(data.features.map((f) => {
      const style = Object.assign({ pane: o.pane, interactive: o.interactive }, o.style, data.looks[f.properties._s]);
      return Object.assign(drawn(f, style), { feature: { type: "Feature", ...f } });
    }));
    if (o.tip) g.bindTooltip((l) => el("span", l.feature.properties.tip || l.feature.properties.name), { sticky: true, className: "cm-tip" });
    const popup = L.popup({ maxWidth: 340, maxHeight: 320 });
    if (o.fields.length) g.on("click", (e) => {
      L.DomEvent.stopPropagation(e);
      popup.setContent(card(e.layer.feature.properties, o.fields)).setLatLng(clicked(g._map, e)).openOn(g._map);
    });
    g.on("remove", () => popup.close());
    if (o.label) g.eachLayer((l) => {
      const text = l.feature.properties[o.label];
      if (text) l.bindTooltip(el("span", text), { permanent: true, className: "cm-label" });
    });
    if (o.label) g.on("add", () => untangleSoon(g._map));
    g.on("mouseover", (e) => swell(e.layer, 2)).on("mouseout", (e) => swell(e.layer, 0));
    return g;
  };
  const swell = (l, by) => {
    if (!l.setStyle || l instanceof L.CircleMarker) return;
    l.cmWeight = l.cmWeight === undefined ? l.options.weight : l.cmWeight;
    l.setStyle({ weight: l.cmWeight + (l.cmChosen ? 3 : by) });
  };

  /* Thicken the features with this key and fade the other keyed ones; null clears. Returns how many were found. */
  const select = (map, key) => {
    let bounds = null, found = 0;
    map.eachLayer((l) => {
      const p = l.feature && l.feature.properties;
      if (!p || !p.key || !l.setStyle) return;
      l.cmOpacity = l.cmOpacity === undefined ? l.options.opacity : l.cmOpacity;
      l.cmChosen = key !== null && p.key === key;
      l.setStyle({ opacity: key === null || l.cmChosen ? l.cmOpacity : 0.2 });
      swell(l, 0);
      if (!l.cmChosen) return;
      found += 1;
      l.bringToFront();
      bounds = bounds ? bounds.extend(l.getBounds()) : L.latLngBounds(l.getBounds().getSouthWest(), l.getBounds().getNorthEast());
    });
    if (bounds) map.fitBounds(bounds, { padding: [30, 30], maxZoom: 5 });
    return found;
  };

  const swatch = (kind, s) => {
    const svg = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path");
    svg.setAttribute("viewBox", "0 0 34 18");
    svg.setAttribute("aria-hidden", "true");
    const give = (name, value) => { if (value !== undefined && value !== null) path.setAttribute(name, value); };
    give("d", kind === "line" ? "M2 9H32" : outline(s.shape, 17, 9, Math.min(s.radius || 6, 6.5)));
    give("stroke", s.color); give("stroke-width", s.weight); give("stroke-opacity", s.opacity);
    give("stroke-dasharray", s.dashArray);
    give("stroke-linecap", s.lineCap || "round");
    give("fill", kind === "line" || s.fill === false ? "none" : s.fillColor);
    give("fill-opacity", s.fillOpacity); give("fill-rule", "evenodd");
    svg.append(path);
    return svg;
  };
  /* On a wide map the legend stands open at the foot, left of the sources. On a narrow one it is folded, under the
     title; unfolded it ends above the sources, and either gives way to the other. */
  const NAMES = { title: "Scenario", legend: "Legend of the map", sources: "Sources of the map" };
  const isWide = (map) => map.getSize().x >= WIDE;
  const makeRoom = (map) => {
    const root = map.getContainer(), frame = root.getBoundingClientRect(), sources = root.querySelector(".cm-sources");
    const taken = sources ? sources.getBoundingClientRect() : { left: frame.right, top: frame.bottom };
    root.querySelectorAll(".cm-legend").forEach((box) => {
      box.style.maxWidth = isWide(map) ? taken.left - frame.left - 20 + "px" : "";
      box.style.maxHeight = isWide(map) ? "" : Math.max(60, taken.top - box.getBoundingClientRect().top - 8) + "px";
    });
  };
  /* Once a frame, as it measures the page. */
  const makeRoomSoon = (map) => {
    cancelAnimationFrame(map.cmRoom);
    map.cmRoom = requestAnimationFrame(() => makeRoom(map));
  };
  const Panel = L.Layer.extend({
    initialize(o) {
      this.o = o;
      this.control = L.control({ position: o.position });
      this.control.onAdd = (map) => {
        const box = this.box = el(o.summary ? "details" : "div", null, "cm-panel cm-" + o.kind);
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", NAMES[o.kind]);
        if (o.summary) box.append(el("summary", o.summary));
        for (const line of o.lines) box.append(el(line === o.lines[0] && o.headed ? "strong" : "p", line));
        const list = el("ul");
        for (const [label, kind, style] of o.entries) {
          const item = el("li");
          item.append(swatch(kind, style), el("span", label));
          list.append(item);
        }
        if (o.entries.length) box.append(list);
        box.addEventListener("toggle", () => {
          if (box.open && !isWide(map)) map.getContainer().querySelectorAll("details.cm-panel").forEach((d) => { d.open = d === box; });
          makeRoom(map);
        });
        L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
        return box;
      };
    },
    /* Folded or not by the width of the map, anew only when that changes: a reader's own choice is kept. */
    arrange() {
      const wide = isWide(this._map);
      if (this.o.summary && this.wide !== wide) {
        this.wide = wide;
        if (this.o.kind === "legend") this.control.setPosition(wide ? this.o.position : "topleft");
        this.box.open = this.o.open && wide;
      }
      makeRoomSoon(this._map);
    },
    onAdd(map) {
      this.control.addTo(map);
      map.on("resize", this.arrange, this);
      this.arrange();
    },
    onRemove(map) {
      map.off("resize", this.arrange, this);
      this.control.remove();
    },
  });

  /* Panes keep points above lines above countries, whatever the order in which layers are switched on. */
  const init = (map, o) => {
    maps.push(map);
    const sheet = el("style", o.css);
    document.head.append(sheet);
    Object.entries(o.panes).forEach(([name, z]) => { map.createPane(name).style.zIndex = z; });
    map.getContainer().style.background = o.sea;
    map.cmHome = o.bounds;
    map.on("moveend", () => untangleSoon(map));
    fit(map);
  };
  /* Show all corridors, clear of an open legend and with room for a name at the right, where the map is wide. */
  const fit = (map) => {
    makeRoom(map);
    const legend = map.getContainer().querySelector(".cm-legend[open]"), size = map.getSize();
    const foot = legend && isWide(map) ? Math.min(legend.offsetHeight + 22, size.y * 0.38) : 24;
    map.fitBounds(map.cmHome, { paddingTopLeft: [18, 18], paddingBottomRight: [isWide(map) ? 64 : 18, foot], maxZoom: 6, animate: false });
  };
  return { init, fit, layer, panel: (o) => new Panel(o), select, maps };
})();
