// Finding one's way: contents, colours, scrolling by keyboard, links into folded parts, paper.
(() => {
  // Scrolling by keyboard needs a stop only where there is something to scroll.
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const wide = target.scrollWidth > target.clientWidth + 1;
      const scrolls = wide || target.scrollHeight > target.clientHeight + 1;
      target.tabIndex = scrolls ? 0 : -1;
      target.classList.toggle("scrolls", wide);
    }
  });
  document.querySelectorAll(".scroll").forEach((region) => watch.observe(region));

  // A link to something inside a folded part unfolds it.
  function unfold() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  }
  addEventListener("hashchange", unfold);
  unfold();

  // Paper cannot be unfolded.
  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details.glossary:not([open])")) {
      folded.open = true;
      folded.dataset.opened = "";
    }
  });
  addEventListener("afterprint", () => {
    for (const opened of document.querySelectorAll("details[data-opened]")) {
      opened.open = false;
      delete opened.dataset.opened;
    }
  });

  const links = new Map(
    [...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]),
  );
  function mark(id) {
    const link = links.get(id);
    if (!link) return;
    const chapter = link.closest(".contents > ul > li");
    for (const one of links.values()) one.removeAttribute("aria-current");
    for (const one of document.querySelectorAll(".contents > ul > li")) {
      one.classList.toggle("open", one === chapter);
    }
    link.setAttribute("aria-current", "true");
    chapter.querySelector("a").setAttribute("aria-current", "true");
    // On a narrow screen the contents are one line that scrolls sideways.
    const list = link.closest(".contents").firstElementChild;
    list.scrollLeft = chapter.offsetLeft - list.clientWidth / 3;
  }
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) if (isIntersecting) mark(target.id);
    },
    { rootMargin: "-10% 0px -80% 0px" },
  );
  document.querySelectorAll("main > section, .part").forEach((section) => seen.observe(section));

  // Colours: as the system has them, or as the reader chose.
  const button = document.getElementById("theme");
  const names = { "": "automatic", light: "light", dark: "dark" };
  function kept(theme) {
    try {
      if (theme !== undefined) localStorage.setItem("wildroad-theme", theme);
      return localStorage.getItem("wildroad-theme") ?? "";
    } catch {
      return theme ?? ""; // a browser that keeps nothing for pages from disk
    }
  }
  function show(theme) {
    const known = theme in names ? theme : "";
    document.documentElement.dataset.theme = known;
    button.textContent = `Colours: ${names[known]}`;
    dispatchEvent(new Event("themechange"));
  }
  button.addEventListener("click", () => {
    const order = Object.keys(names);
    const next = order[(order.indexOf(document.documentElement.dataset.theme) + 1) % order.length];
    kept(next);
    show(next);
  });
  button.hidden = false;
  show(kept());
})();
