// The theme that was chosen here last (light, dark, or the system's) and the language, before the
// first paint. A file of its own, because the content security policy allows no inline script.
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem('atrium.theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    var locale = localStorage.getItem('atrium.locale');
    root.lang = locale === 'zh' ? 'zh-CN' : locale === 'en' ? 'en' : navigator.language || 'en';
  } catch {
    // Storage may be forbidden; the system's theme is then the right one.
  }
})();
