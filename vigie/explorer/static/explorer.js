// Charts, the panel beside the page, and filters that apply themselves. Pages work without it.
(function () {
  "use strict";

  var lang = document.documentElement.lang;
  var NUMBERS = {
    fr: { decimal: ",", thousands: "\u202f", grouping: [3], currency: ["", "\u202f€"], percent: "\u202f%" },
    en: { decimal: ".", thousands: ",", grouping: [3], currency: ["£", ""] },
  };
  var TIMES = {
    fr: {
      dateTime: "%A %e %B %Y à %X", date: "%d/%m/%Y", time: "%H:%M:%S", periods: ["AM", "PM"],
      days: ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
      shortDays: ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
      months: ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
      shortMonths: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    },
    en: {
      dateTime: "%A %e %B %Y, %X", date: "%d/%m/%Y", time: "%H:%M:%S", periods: ["am", "pm"],
      days: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
      shortDays: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
      months: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
      shortMonths: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"],
    },
  };

  // -- charts

  // Custom properties stay what they are in the drawing: it follows the theme, also on paper.
  function colours(value) {
    if (typeof value === "string") return value.startsWith("--") ? "var(" + value + ")" : value;
    if (Array.isArray(value)) return value.map(colours);
    if (value && typeof value === "object") {
      var copy = {};
      Object.keys(value).forEach(function (key) {
        copy[key] = key === "datasets" ? value[key] : colours(value[key]);
      });
      return copy;
    }
    return value;
  }

  function config() {
    var ink = "var(--ink-soft)";
    var line = "var(--line)";
    var font = getComputedStyle(document.body).fontFamily;
    return {
      background: "transparent", font: font, locale: { number: NUMBERS[lang], time: TIMES[lang] },
      view: { stroke: null },
      axis: {
        labelColor: ink, labelFontSize: 12, titleColor: ink, gridColor: line, domainColor: line,
        tickColor: line, labelFont: font, labelPadding: 6,
      },
      bar: { cornerRadius: 1 }, mark: { tooltip: { content: "encoding" } },
    };
  }

  function draw(figure) {
    var plot = figure.querySelector(".plot");
    var spec = colours(JSON.parse(figure.dataset.spec));
    spec.config = config();
    if (figure.view) figure.view.finalize();
    plot.replaceChildren();
    var compiled = vigieCharts.compile(spec).spec;
    var view = new vigieCharts.View(vigieCharts.parse(compiled, null, { ast: true }), {
      expr: vigieCharts.expressionInterpreter, renderer: "svg", container: plot, hover: true,
      logLevel: vigieCharts.Warn,
      locale: { number: NUMBERS[lang], time: TIMES[lang] },
      tooltip: function (handler, event, item, value) {
        plot.title = value == null ? "" : typeof value === "object" ? String(value.label || "") : String(value);
      },
    });
    view.addEventListener("click", function (event, item) {
      var datum = item && item.datum;
      if (datum && datum.href) beside(datum.href);
    });
    figure.view = view;
    return view.runAsync().then(function () {
      plot.classList.add("drawn");
      var svg = plot.querySelector("svg");
      if (svg) {
        svg.setAttribute("role", "img");
        svg.setAttribute("aria-label", figure.dataset.label);
        svg.removeAttribute("aria-roledescription");
        svg.querySelectorAll("[aria-roledescription], [role='graphics-symbol'], [role='graphics-object']").forEach(function (node) {
          node.removeAttribute("aria-roledescription");
          node.removeAttribute("aria-label");
          node.removeAttribute("role");
        });
      }
    });
  }

  function drawAll() {
    document.querySelectorAll("figure.chart[data-spec]").forEach(function (figure) {
      if (!figure.view) draw(figure);
    });
  }

  // -- the panel beside the page

  var opener; // where the reader was before the panel opened

  function beside(href) {
    if (!document.querySelector("#panel").contains(document.activeElement)) opener = document.activeElement;
    htmx.ajax("GET", href, {
      target: "#panel", swap: "outerHTML", push: href, headers: { "Vigie-Part": "panel" },
    }).then(function () {
      var head = document.querySelector("#panel h2");
      if (head) head.focus({ preventScroll: true });
      else if (opener && opener.isConnected) opener.focus({ preventScroll: true });
    });
  }

  function own(link) {
    return link && link.origin === location.origin && link.pathname === location.pathname;
  }

  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (event.target.closest("[data-cancel]")) {
      stop();
      waiting(false);
      return;
    }
    var link = event.target.closest("a");
    if (!own(link)) return;
    var opens = new URL(link.href).searchParams.has("panel");
    if (opens || link.hasAttribute("data-close")) {
      event.preventDefault();
      beside(link.href);
    }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      var close = document.querySelector("#panel [data-close]");
      if (close) beside(close.href);
    }
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      document.querySelector("#q").focus();
    }
  });

  // -- filters: they apply themselves, and leave empty fields out of the address

  var patience;

  function waiting(on) {
    clearTimeout(patience);
    if (on) {
      patience = setTimeout(function () { document.querySelector("#main").classList.add("waiting"); }, 250);
      return;
    }
    document.querySelector("#main").classList.remove("waiting");
    document.querySelectorAll("form.view :disabled").forEach(function (field) { field.disabled = false; });
  }

  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (!form || !form.classList.contains("view")) return;
    var name = event.target.name;
    if (name === "from" || name === "to") form.elements.period.value = "";
    if (event.target.matches("select")) form.requestSubmit(form.querySelector("[data-apply]"));
  });

  document.addEventListener("submit", function (event) {
    if (!event.target.classList.contains("view")) return;
    var fields = event.target.elements;
    var dates = fields.period.value === "";
    Array.prototype.forEach.call(fields, function (field) {
      if (!field.name) return;
      var idle = field.value === "" || field.value === field.dataset.default;
      var other = (field.name === "from" || field.name === "to") && !dates;
      if (idle || other) field.disabled = true;
    });
    waiting(true);
  });

  addEventListener("pageshow", function () { waiting(false); });

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:after:settle", drawAll);
  document.addEventListener("htmx:after:swap", drawAll);
})();
