// Draws every figure of the page, again whenever the page changes between light and dark or is printed.
(() => {
  const themes = JSON.parse(document.getElementById("themes").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const plots = [...document.querySelectorAll(".plot")].map((place) => ({ place, text: place.firstElementChild.textContent }));
  const config = { responsive: true, displayModeBar: false };
  const draw = (theme) => {
    for (const { place, text } of plots) {
      const figure = JSON.parse(text.replaceAll('"black"', JSON.stringify(themes[theme].layout.font.color)));
      Plotly.react(place, figure.data, { ...figure.layout, width: undefined, template: themes[theme] }, config);
    }
  };
  const shown = () => draw(dark.matches ? "dark" : "light");
  shown();
  dark.addEventListener("change", shown);
  addEventListener("beforeprint", () => draw("light"));
  addEventListener("afterprint", shown);
})();
