// Sliders that uncover the target mask on the right or the predicted one on the left.
(() => {
  function set(figure, share) {
    const rounded = Math.round(Math.min(100, Math.max(0, share)));
    const knob = figure.querySelector(".split");
    figure.style.setProperty("--split", `${rounded}%`);
    knob.value = rounded;
    knob.setAttribute("aria-valuetext", `${100 - rounded} % target, ${rounded} % predicted`);
  }

  function fade(figure) {
    const knob = figure.querySelector(".strength");
    figure.style.setProperty("--strength", knob.value / 100);
    knob.setAttribute("aria-valuetext", `${knob.value} % strong`);
  }

  function drag(figure, event) {
    const box = figure.querySelector(".stack").getBoundingClientRect();
    set(figure, (100 * (event.clientX - box.left)) / box.width);
  }

  for (const figure of document.querySelectorAll(".slider")) {
    const stack = figure.querySelector(".stack");
    set(figure, 50);
    fade(figure);
    figure.querySelector(".split").addEventListener("input", (event) => set(figure, +event.target.value));
    figure.querySelector(".strength").addEventListener("input", () => fade(figure));
    stack.addEventListener("pointerdown", (event) => {
      stack.setPointerCapture(event.pointerId);
      drag(figure, event);
    });
    stack.addEventListener("pointermove", (event) => {
      if (stack.hasPointerCapture(event.pointerId)) drag(figure, event);
    });
  }
})();
