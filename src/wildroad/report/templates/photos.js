// The photos behind a number, in a dialog that links such as #photos?model=...&target=... open.
(() => {
  const AT_ONCE = 120;
  const KINDS = { U: "webp", i: "png", "/": "jpeg" }; // by the first letter in base 64
  const { data, make, readable } = report;
  const dialog = document.getElementById("photos");

  function pictureOf(place) {
    const base64 = data("album-pictures")[place];
    return base64 ? `data:image/${KINDS[base64[0]]};base64,${base64}` : "";
  }

  function placeOf(id) {
    const album = data("album");
    album.places ??= new Map(album.ids.map((one, place) => [one, place]));
    return album.places.get(id) ?? -1;
  }

  // What each model said of a photo, the one that is asked about first.
  function said(place, first) {
    const { answers, classes, target } = data("album");
    const models = Object.keys(answers).sort((a, b) => (b === first) - (a === first));
    const items = models
      .filter((model) => answers[model].predicted[place] >= 0)
      .map((model) => {
        const { predicted, confidence } = answers[model];
        const right = predicted[place] === target[place];
        const name = readable(classes[predicted[place]]);
        const text = `${readable(model)}: ${right ? "✓" : "✗"} ${name}, ${confidence[place].toFixed(3)}`;
        return make("li", { class: right ? "right" : "wrong" }, text);
      });
    return make("ul", {}, ...items);
  }

  function card(id, { first = "" } = {}) {
    const album = data("album");
    const place = placeOf(id);
    const source = place < 0 ? "" : pictureOf(place);
    const target = place < 0 ? "" : readable(album.classes[album.target[place]]);
    const split = place < 0 ? "" : album.splits[album.split[place]];
    const name = make("code", {}, id);
    return make(
      "figure",
      { class: "card", role: "listitem" },
      source
        ? make("img", { src: source, alt: `${split} photo of ${target}, ${id}` })
        : make("div", { class: "no-picture" }, "no thumbnail"),
      make(
        "figcaption",
        {},
        make("strong", {}, target),
        ` ${split}`,
        place < 0 ? "" : said(place, first),
        name,
      ),
    );
  }

  // Places of the test photos that a query asks for, and words for them.
  function find(query) {
    const album = data("album");
    const { answers, classes, target } = album;
    const position = (name) => classes.indexOf(query.get(name));
    const test = [...album.ids.keys()].filter((place) => album.splits[album.split[place]] === "test");
    if (query.has("photo")) {
      return { places: [placeOf(query.get("photo"))], title: query.get("photo"), first: "" };
    }
    if (query.has("right")) {
      const [one, other] = [query.get("right"), query.get("unlike")];
      const hit = (model, place) => answers[model].predicted[place] === target[place];
      const places = test.filter((place) => hit(one, place) && !hit(other, place));
      const title = `Photos that ${readable(one)} has right and ${readable(other)} has wrong`;
      return { places, title, first: one };
    }
    const model = query.get("model");
    const { predicted, confidence } = answers[model];
    const wanted = (place) =>
      predicted[place] >= 0 &&
      (!query.has("target") || target[place] === position("target")) &&
      (!query.has("predicted") || predicted[place] === position("predicted")) &&
      (!query.has("wrong") || predicted[place] !== target[place]);
    const places = test.filter(wanted).sort((a, b) => confidence[b] - confidence[a]);
    return { places, title: titleOf(query, model), first: model };
  }

  function titleOf(query, model) {
    const [target, predicted] = ["target", "predicted"].map((name) => readable(query.get(name) ?? ""));
    const by = `by ${readable(model)}`;
    if (target && predicted) return `Photos of ${target} called ${predicted} ${by}`;
    if (target && query.has("wrong")) return `Photos of ${target} called something else ${by}`;
    if (predicted && query.has("wrong")) return `Photos wrongly called ${predicted} ${by}`;
    return target ? `Photos of ${target}` : `Photos called ${predicted} ${by}`;
  }

  function show({ places, title, first }) {
    const known = places.filter((place) => place >= 0);
    const { ids } = data("album");
    const list = dialog.querySelector(".cards");
    const more = dialog.querySelector(".more");
    const heading = document.getElementById("photos-title");
    const counted = `${title}: ${known.length.toLocaleString("en")}`;
    heading.textContent = title === ids[known[0]] ? title : counted;
    list.replaceChildren();
    function add() {
      const from = list.children.length;
      const next = known.slice(from, from + AT_ONCE);
      list.append(...next.map((place) => card(ids[place], { first })));
      more.hidden = list.children.length >= known.length;
    }
    more.onclick = add;
    add();
    if (!dialog.open) dialog.showModal();
    heading.focus();
    dialog.scrollTop = 0;
  }

  let before = "";
  function follow() {
    if (!location.hash.startsWith("#photos?")) return;
    show(find(new URLSearchParams(location.hash.slice("#photos?".length))));
  }
  report.card = card;
  if (!dialog) return;

  addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#photos?"]');
    if (!link) return;
    event.preventDefault(); // else the page would jump to its top
    before = location.hash;
    history.replaceState(null, "", link.hash);
    follow();
  });
  dialog.addEventListener("close", () => history.replaceState(null, "", before || "#summary"));
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  follow();
})();
