// A code is scanned by the browser itself where it can (BarcodeDetector); typing it always works.
"use strict";
(() => {
  const button = document.getElementById("counter-scan");
  const video = document.getElementById("counter-camera");
  const form = document.getElementById("counter-look");
  if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  button.hidden = false;
  let stream = null;

  const stop = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
  };

  const code = (text) => {
    // A code may be printed alone, or in the address of a page (…?code=ABC).
    try {
      return new URL(text).searchParams.get("code") || text;
    } catch {
      return text;
    }
  };

  const look = async (detector) => {
    if (!stream) return;
    const found = await detector.detect(video).catch(() => []);
    if (found.length) {
      stop();
      form.elements.code.value = code(found[0].rawValue).slice(0, 64);
      form.requestSubmit();
      return;
    }
    window.setTimeout(() => look(detector), 200);
  };

  button.addEventListener("click", async () => {
    if (stream) return stop();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      look(new window.BarcodeDetector({ formats: ["qr_code", "code_128"] }));
    } catch {
      stop();
      document.getElementById("counter-said").textContent = button.dataset.refused;
    }
  });
  window.addEventListener("pagehide", stop);
})();
