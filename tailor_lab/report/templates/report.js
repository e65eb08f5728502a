// Draws the charts for the reader's light or dark page; where it cannot, the pictures stay.
const { charts, looks } = JSON.parse(document.getElementById("specifications").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
async function draw() {
  const config = looks[dark.matches ? "dark" : "light"];
  for (const [name, specification] of Object.entries(charts)) {
    const place = document.querySelector(`#chart-${name} .live`);
    await vegaEmbed(place, specification, { actions: false, config });
  }
  document.body.dataset.charts = "drawn";
}
// On paper everything is open but the ids of the runs.
const folded = () => document.querySelectorAll("details:not(.ids):not([open])");
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...folded()];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});
dark.addEventListener("change", draw);
await draw();
