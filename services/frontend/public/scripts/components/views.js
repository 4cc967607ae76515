// The links to the page's views, and the title of the document.

import { fillTexts, partsOf } from '../lib/markup.js';
import { FORECAST } from '../state/view.js';
import * as TEXTS from '../texts/views.js';

export function Views() {
  const root = document.querySelector('.views');
  const forecastView = document.querySelector('.forecast-view');
  const { forecast, watchList } = partsOf(root);

  function update({ view, language }) {
    const texts = language.texts(TEXTS);
    const isForecast = view.name === FORECAST;
    fillTexts(root, texts);
    forecastView.hidden = !isForecast;
    mark(forecast, isForecast ? 'page' : null);
    // A ticker of the watch-list is a page below it.
    mark(watchList, isForecast ? null : view.ticker === null ? 'page' : 'true');
    const names = isForecast ? [] : [view.ticker, texts.watchList];
    document.title = [...names, texts.product].filter(Boolean).join(' – ');
  }

  return { update };
}

function mark(link, current) {
  if (current) link.setAttribute('aria-current', current);
  else link.removeAttribute('aria-current');
}
