// Feature spaces drawn by Plotly: photos on hover, filters by class and split, two photos compared.
(() => {
  const { data, make, readable } = report;
  // Shapes and their signs in the list of classes. In space, Plotly draws letters: those that every
  // font has. Where there are more classes than shapes, colour and shape together tell them apart.
  const SHAPES = {
    2: ["circle", "square", "diamond", "cross", "x", "triangle-up", "star", "hexagon", "bowtie", "triangle-down"],
    3: ["circle", "square", "diamond", "cross", "circle-open", "square-open", "diamond-open"],
  };
  const SIGNS = { 2: [..."●■◆✚✖▲★⬢⧓▼"], 3: [..."●■◆✚○□◇"] };
  const SLOTS = ["first", "second"];
  let plotly = null;

  // Unpacks the library on the first call: most readers of a long report never come this far.
  function loadPlotly() {
    plotly ??= (async () => {
      const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent), (c) => c.charCodeAt(0));
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
      const script = make("script", {}, await new Response(stream).text());
      document.head.append(script);
      return window.Plotly;
    })();
    return plotly;
  }

  class FeatureSpace {
    constructor(element) {
      this.element = element;
      this.source = data(element.dataset.source);
      this.classes = Object.keys(this.source.colors);
      this.plot = element.querySelector(".plot");
      this.peek = element.querySelector(".peek");
      this.status = element.querySelector(".status");
      this.chosen = [];
      this.next = 0;
      this.cursor = -1;
      this.fill();
      this.listen();
    }

    get model() { return this.element.querySelector(".model").value; }
    get dimensions() { return Number(this.element.querySelector(".view input:checked").value); }
    get dots() { return this.source.models[this.model][this.dimensions]; }

    ticked(kind) {
      return new Set([...this.element.querySelectorAll(`.${kind} input:checked`)].map((box) => box.value));
    }

    fill() {
      const select = this.element.querySelector(".model");
      select.append(...Object.keys(this.source.models).map((model) => make("option", { value: model }, readable(model))));
      const splits = new Set(Object.values(this.source.models).flatMap((one) => Object.values(one)).flatMap((dots) => dots.split));
      const box = (value, ...more) => make("label", {}, make("input", { type: "checkbox", value, checked: "" }), ...more);
      this.element.querySelector(".splits").append(...[...splits].map((name) => box(name, ` ${name}`)));
      this.element.querySelector(".classes").append(
        ...this.classes.map((name) => {
          const sign = make("span", { class: "sign", "aria-hidden": "true" });
          sign.style.setProperty("--color", this.source.colors[name]);
          return box(name, sign, ` ${readable(name)}`);
        }),
      );
      this.showPair();
    }

    listen() {
      const find = (name) => this.element.querySelector(name);
      this.element.addEventListener("change", () => this.draw());
      const tick = (on) => {
        for (const box of this.element.querySelectorAll(".classes input")) box.checked = on;
        this.draw();
      };
      find(".all").addEventListener("click", () => tick(true));
      find(".none").addEventListener("click", () => tick(false));
      find(".in").addEventListener("click", () => this.zoom(0.8));
      find(".out").addEventListener("click", () => this.zoom(1.25));
      find(".reset").addEventListener("click", () => this.reset());
      this.plot.addEventListener("keydown", (event) => this.press(event));
      this.plot.addEventListener("blur", () => this.hidePeek());
      addEventListener("themechange", () => this.draw());
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    }

    // Positions of the dots that the filters let through, by class and then as they come.
    visible() {
      const { class: names, split } = this.dots;
      const [classes, splits] = [this.ticked("classes"), this.ticked("splits")];
      const order = new Map(this.classes.map((name, place) => [name, place]));
      return [...names.keys()]
        .filter((dot) => classes.has(names[dot]) && splits.has(split[dot]))
        .sort((a, b) => order.get(names[a]) - order.get(names[b]) || a - b);
    }

    traces(shown) {
      const type = this.dimensions === 3 ? "scatter3d" : "scatter";
      const ink = getComputedStyle(this.element).color;
      const many = this.dots.photo.length > 800;
      return this.classes.map((name, place) => {
        const dots = shown.filter((dot) => this.dots.class[dot] === name);
        const shapes = SHAPES[this.dimensions];
        const marker = {
          symbol: shapes[place % shapes.length],
          color: this.source.colors[name],
          size: (many ? 5 : 8) - (this.dimensions === 3 ? 2 : 0),
          line: { color: ink, width: 0.4 },
        };
        // Plotly has no opacity per dot in three dimensions, where only val photos are anyway.
        if (this.dimensions === 2) marker.opacity = dots.map((dot) => (this.dots.split[dot] === "train" ? 0.55 : 1));
        return { type, mode: "markers", name, marker, hoverinfo: "none", customdata: dots, ...this.coordinates(dots) };
      });
    }

    coordinates(dots) {
      const axes = this.dimensions === 3 ? ["x", "y", "z"] : ["x", "y"];
      return Object.fromEntries(axes.map((axis) => [axis, dots.map((dot) => this.dots[axis][dot])]));
    }

    // Rings around the photos that are compared and the one that the keyboard is at.
    rings() {
      const places = [...this.chosen, this.dots.photo[this.cursor]];
      const dots = places.map((id) => this.dots.photo.indexOf(id)).filter((dot) => dot >= 0);
      const flat = this.dimensions === 2;
      const marker = {
        symbol: "circle-open",
        color: getComputedStyle(this.element).color,
        size: flat ? 18 : 14,
        line: { width: 2 },
      };
      return { type: flat ? "scatter" : "scatter3d", mode: "markers", marker, hoverinfo: "skip", name: "chosen", ...this.coordinates(dots) };
    }

    layout() {
      const style = getComputedStyle(document.documentElement);
      const line = style.getPropertyValue("--line").trim() || "#999";
      const axis = { showticklabels: false, title: { text: "" }, gridcolor: line, zeroline: false, showline: true, linecolor: line, mirror: true, showspikes: false, showbackground: false };
      const common = { showlegend: false, margin: { l: 8, r: 8, t: 8, b: 8 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest", uirevision: `${this.model} ${this.dimensions}` };
      if (this.dimensions === 3) return { ...common, scene: { xaxis: axis, yaxis: axis, zaxis: axis, aspectmode: "cube", dragmode: "turntable" } };
      const coarse = matchMedia("(pointer: coarse)").matches; // a finger has to scroll the page
      return { ...common, xaxis: axis, yaxis: { ...axis, scaleanchor: "x" }, dragmode: coarse ? false : "pan" };
    }

    async draw() {
      if (!this.ready) return;
      const Plotly = await loadPlotly();
      const shown = this.visible();
      if (!shown.includes(this.cursor)) this.cursor = -1;
      const config = { displayModeBar: false, responsive: true, scrollZoom: this.dimensions === 3 };
      await Plotly.react(this.plot, [...this.traces(shown), this.rings()], this.layout(), config);
      this.tell(shown);
      this.showSigns();
      if (this.heard) return;
      this.heard = true;
      this.plot.on("plotly_hover", (event) => this.hover(event));
      this.plot.on("plotly_unhover", () => this.hidePeek());
      this.plot.on("plotly_click", ({ points }) => this.choose(points[0].customdata));
    }

    // In the list of classes, the signs of the view that is shown.
    showSigns() {
      const signs = SIGNS[this.dimensions];
      this.element.querySelectorAll(".sign").forEach((sign, place) => {
        sign.textContent = signs[place % signs.length];
      });
    }

    tell(shown) {
      const total = this.dots.photo.length;
      this.status.textContent = `${shown.length.toLocaleString("en")} of ${total.toLocaleString("en")} photos shown`;
      this.plot.dataset.shown = shown.length;
    }

    hover({ points, event }) {
      if (points[0].customdata === undefined) return;
      const box = this.plot.getBoundingClientRect();
      this.showPeek(points[0].customdata, event.clientX - box.left, event.clientY - box.top);
    }

    showPeek(dot, x = 0, y = 0) {
      this.peek.replaceChildren(report.card(this.dots.photo[dot]));
      this.peek.hidden = false;
      const [width, height] = [this.peek.offsetWidth, this.peek.offsetHeight];
      const left = x + 16 + width > this.plot.clientWidth ? x - width - 16 : x + 16;
      this.peek.style.left = `${Math.max(0, left)}px`;
      this.peek.style.top = `${Math.max(0, Math.min(y - height / 2, this.plot.clientHeight - height))}px`;
    }

    hidePeek() { this.peek.hidden = true; }

    choose(dot) {
      if (dot === undefined) return;
      this.chosen[this.next] = this.dots.photo[dot];
      this.next = 1 - this.next;
      this.showPair();
      this.draw();
    }

    showPair() {
      const slot = (name, place) =>
        make("div", { class: "slot" }, make("h5", {}, `${name} photo`),
          this.chosen[place] ? report.card(this.chosen[place], { first: this.model })
            : make("p", { class: "note" }, "none chosen yet"));
      this.element.querySelector(".pair").replaceChildren(...SLOTS.map(slot));
    }

    step(way) {
      const shown = this.visible();
      if (!shown.length) return;
      const at = shown.indexOf(this.cursor);
      this.cursor = shown[(at + way + shown.length + (at < 0 && way < 0)) % shown.length];
      this.showPeek(this.cursor);
      this.status.textContent = `${readable(this.dots.class[this.cursor])}, ${this.dots.split[this.cursor]}: ${this.dots.photo[this.cursor]}`;
      this.draw();
    }

    press(event) {
      const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      const arrow = arrows[event.key];
      if (arrow && event.shiftKey) this.move(...arrow);
      else if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.step(arrow[0]);
      else if (event.key === "Enter" && this.cursor >= 0) this.choose(this.cursor);
      else if (event.key === "+") this.zoom(0.8);
      else if (event.key === "-") this.zoom(1.25);
      else if (event.key === "0") this.reset();
      else if (event.key === "Escape") this.hidePeek();
      else return;
      event.preventDefault();
    }

    get eye() { return this.plot._fullLayout.scene.camera?.eye ?? { x: 1.25, y: 1.25, z: 1.25 }; }

    ranges(change) {
      const { xaxis, yaxis } = this.plot._fullLayout;
      return { "xaxis.range": change(xaxis.range, 0), "yaxis.range": change(yaxis.range, 1) };
    }

    async zoom(factor) {
      const Plotly = await loadPlotly();
      if (this.dimensions === 3) {
        const { x, y, z } = this.eye;
        return Plotly.relayout(this.plot, { "scene.camera.eye": { x: x * factor, y: y * factor, z: z * factor } });
      }
      const about = ([low, high]) => {
        const [middle, half] = [(low + high) / 2, ((high - low) / 2) * factor];
        return [middle - half, middle + half];
      };
      return Plotly.relayout(this.plot, this.ranges(about));
    }

    // Shift the plane by a tenth, or turn the space by fifteen degrees.
    async move(right, up) {
      const Plotly = await loadPlotly();
      if (this.dimensions === 3) {
        const { x, y, z } = this.eye;
        const angle = (-right * Math.PI) / 12;
        const eye = { x: x * Math.cos(angle) - y * Math.sin(angle), y: x * Math.sin(angle) + y * Math.cos(angle), z: z + up * 0.25 };
        return Plotly.relayout(this.plot, { "scene.camera.eye": eye });
      }
      const by = [right, up];
      const shift = ([low, high], axis) => [low, high].map((end) => end + (by[axis] * (high - low)) / 10);
      return Plotly.relayout(this.plot, this.ranges(shift));
    }

    async reset() {
      const Plotly = await loadPlotly();
      const change = this.dimensions === 3
        ? { "scene.camera": { eye: { x: 1.25, y: 1.25, z: 1.25 } } }
        : { "xaxis.autorange": true, "yaxis.autorange": true };
      return Plotly.relayout(this.plot, change);
    }

    async start() {
      this.ready = true;
      await loadPlotly();
      await this.draw();
      this.element.classList.add("drawn");
    }
  }

  for (const element of document.querySelectorAll(".features")) {
    element.hidden = false;
    element.closest(".part").classList.add("alive");
    const soon = new IntersectionObserver(
      ([entry]) => {
        if (!entry.isIntersecting) return;
        soon.disconnect();
        new FeatureSpace(element).start();
      },
      { rootMargin: "600px" },
    );
    soon.observe(element);
  }
})();
