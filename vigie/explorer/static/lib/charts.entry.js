// What the charts need of Vega, in one file.
export { parse, View, Warn, loader, formatLocale, timeFormatLocale } from 'vega';
export { compile } from 'vega-lite';
export { expressionInterpreter } from 'vega-interpreter';
