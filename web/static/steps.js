// Forms of several steps, where scripts run: a step takes the place of the content,
// and has its place in the history as without script. Who goes back from it finds
// the form with the choices, and who loads it again finds it again: it is asked for
// anew by what led to it, which only shows. What was confirmed is not gone back to.
(() => {
  "use strict";

  let asked = null; // the step that is shown
  const isOver = (step) => sessionStorage.getItem(`step.${step.chain}`);

  function showStep() {
    const step = history.state?.step;
    if (!step || step.id === asked || isOver(step)) return;
    asked = step.id;
    const values = {};
    for (const [name, value] of step.fields) (values[name] ??= []).push(value);
    htmx.ajax("POST", step.path, { source: "#content", target: "#content", select: "#content", swap: "outerHTML", values });
  }

  function takeStep({ elt, path, formData }, chain = `${Date.now()}.${Math.random()}`) {
    const fields = [...formData];
    if (fields.some(([name]) => name === "confirm")) return;
    const step = (...more) => ({ step: { chain, id: Math.random(), path, fields: [...fields, ...more] } });
    if (elt.querySelector("[data-grid]")) history.replaceState(step(["again", "1"]), "");
    history.pushState(step(), "");
    asked = history.state.step.id;
  }

  document.addEventListener("htmx:afterOnLoad", (event) => {
    const { requestConfig, xhr } = event.detail;
    const chain = history.state?.step?.chain;
    if (!requestConfig.elt.matches("[data-step]")) return;
    if (!xhr.getResponseHeader("HX-Redirect")) takeStep(requestConfig, chain);
    else if (chain) sessionStorage.setItem(`step.${chain}`, "over");
  });

  window.addEventListener("popstate", showStep);
  window.addEventListener("pageshow", (event) => {
    const step = history.state?.step;
    if (event.persisted && step && isOver(step)) location.reload();
    else if (!event.persisted) showStep();
  });
})();
