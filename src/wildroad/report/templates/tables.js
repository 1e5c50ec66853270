// Tables that sort by any column.
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
    const way = descending ? -1 : 1;
    const rows = [...body.rows].sort((a, b) => compare(key(a), key(b), numeric, way));
    for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    body.append(...rows);
  }

  document.addEventListener("click", (event) => {
    const heading = event.target.closest("th[aria-sort]");
    if (heading) sort(heading);
  });
})();
