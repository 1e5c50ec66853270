"use strict";
(() => {
  const words = new Intl.Collator("en", { numeric: true });

  // Rows without a value stay at the end whichever way the column is sorted.
  function compare(first, second, numeric, way) {
    if (first === "" || second === "") return (first === "") - (second === "");
    return way * (numeric ? Number(first) - Number(second) : words.compare(first, second));
  }

  function sort(heading) {
    const table = heading.closest("table");
    const column = heading.cellIndex;
    const numeric = heading.classList.contains("number");
    const now = heading.getAttribute("aria-sort");
    // Numbers are most often wanted largest first, words from A.
    const descending = now === "none" ? numeric : now === "ascending";
    const body = table.tBodies[0];
    const key = (row) => row.cells[column].dataset.key;
    const rows = [...body.rows].sort((a, b) => compare(key(a), key(b), numeric, descending ? -1 : 1));
    for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    body.append(...rows);
  }

  document.addEventListener("click", (event) => {
    const heading = event.target.closest("th[aria-sort]");
    if (heading) sort(heading);
  });

  // Scrolling by keyboard needs a stop only where there is something to scroll.
  const regions = document.querySelectorAll(".scroll");
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const scrolls = target.scrollWidth > target.clientWidth + 1;
      target.tabIndex = scrolls ? 0 : -1;
      target.classList.toggle("scrolls", scrolls);
    }
  });
  regions.forEach((region) => watch.observe(region));

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
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        links.forEach((link) => link.removeAttribute("aria-current"));
        links.get(target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-10% 0px -80% 0px" },
  );
  document.querySelectorAll("main > section").forEach((section) => seen.observe(section));
})();
