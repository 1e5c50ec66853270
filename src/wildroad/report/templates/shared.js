"use strict";
// What the page's scripts share.
const report = (() => {
  const read = new Map();

  // JSON of the page by the id of its element; taken apart once, when it is first asked for.
  function data(id) {
    if (!read.has(id)) {
      const element = document.getElementById(id);
      read.set(id, element && JSON.parse(element.textContent));
    }
    return read.get(id);
  }

  // An element with attributes and children; null and "" children are left out.
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children.filter((child) => child !== null && child !== ""));
    return element;
  }

  const readable = (name) => name.replaceAll("_", " ");
  return { data, make, readable };
})();
