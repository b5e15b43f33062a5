// Public pages work without this. It spares a second tap, copies a link, counts down, and thinks of a number.
"use strict";
document.addEventListener("submit", (event) => {
  // After the browser has read the form: a disabled button would not be sent.
  setTimeout(() =>
    event.target.querySelectorAll("button").forEach((each) => {
      each.disabled = true;
      each.dataset.sent = "";
    }),
  );
});
window.addEventListener("pageshow", () => {
  // The back button shows the page as it was left.
  document.querySelectorAll("button[data-sent]").forEach((each) => {
    each.disabled = false;
  });
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  event.preventDefault();
  navigator.clipboard.writeText(button.dataset.copy).then(() => {
    button.textContent = button.dataset.copied;
  });
});
document.querySelectorAll("button[data-package]").forEach((each) => {
  // Within WeChat: opens the page on which the person takes the money.
  each.addEventListener("click", () => {
    const { merchant, app, package: given } = each.dataset;
    if (!window.WeixinJSBridge) {
      document.querySelectorAll("[data-elsewhere]").forEach((note) => {
        note.hidden = false;
      });
      return;
    }
    window.WeixinJSBridge.invoke("requestMerchantTransfer", { mchId: merchant, appId: app, package: given }, (told) => {
      if (told.err_msg === "requestMerchantTransfer:ok") each.disabled = true;
    });
  });
});
document.querySelectorAll("input[data-random]").forEach((each) => {
  // Made here, on the phone: the shop does not know it beforehand.
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  each.value = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
});
document.querySelectorAll("time[data-left]").forEach((each) => {
  // Counted from what was left when the page was made: a phone's own clock may be wrong.
  const end = Date.now() + Number(each.dataset.left) * 1000;
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    const left = Math.max(0, Math.floor((end - Date.now()) / 1000));
    each.textContent = `${two(Math.floor(left / 3600))}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    if (left) setTimeout(tick, 1000);
  };
  tick();
});
document.querySelectorAll("[data-portrait]").forEach((each) => {
  // A portrait is cut square and made small here, so that little is sent, and nothing of the file but its pixels.
  const [file, kept] = each.querySelectorAll("input");
  each.hidden = false;
  file.addEventListener("change", async () => {
    kept.value = "";
    if (!file.files[0]) return;
    const picture = await createImageBitmap(file.files[0]).catch(() => null);
    if (!picture) {
      kept.value = "?";
      return;
    }
    const side = Math.min(picture.width, picture.height);
    const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 320 });
    const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
    canvas.getContext("2d").drawImage(picture, left, top, side, side, 0, 0, 320, 320);
    kept.value = canvas.toDataURL("image/jpeg", 0.8);
  });
});
document.querySelectorAll("[data-beacon]").forEach((each) => {
  // How long the page really stood before somebody's eyes, and how far down they came. Told when it was seen for a
  // moment, and again whenever it is put away; what is told is all of it so far, so that nothing hangs on one call.
  const { beacon, beaconAfter } = each.dataset;
  const once = each.querySelector("input[name=once]");
  let seen = 0;
  let since = document.hidden ? 0 : performance.now();
  let far = 0;
  let told = -1;
  const seconds = () => Math.floor((seen + (since ? performance.now() - since : 0)) / 1000);
  const measure = () => {
    const page = document.documentElement;
    far = Math.max(far, Math.min(100, Math.round((100 * (page.scrollTop + page.clientHeight)) / page.scrollHeight)));
  };
  const tell = () => {
    measure();
    if (seconds() < Number(beaconAfter) || seconds() === told) return;
    told = seconds();
    navigator.sendBeacon(beacon, new URLSearchParams({ once: once.value, seconds: told, far }));
  };
  addEventListener("scroll", measure, { passive: true });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      if (since) seen += performance.now() - since;
      since = 0;
      tell();
    } else since = performance.now();
  });
  addEventListener("pagehide", tell);
  setInterval(() => {
    if (since && (told < 0 || seconds() - told >= 15)) tell();
  }, 500);
});
document.querySelectorAll("[data-address]").forEach((each) => {
  // The reader's own address, so that what is passed on from the browser's bar says from whom it comes.
  if (location.pathname !== each.dataset.address) history.replaceState(null, "", each.dataset.address + location.search);
});
document.querySelectorAll("[data-photo]").forEach((each) => {
  // A photo is made small here: little is sent, and nothing of the file but its pixels (no place, no camera).
  const [file, kept] = each.querySelectorAll("input");
  const shown = each.querySelector("img");
  const SIDE = 1280;
  each.hidden = false;
  file.addEventListener("change", async () => {
    kept.value = "";
    shown.hidden = true;
    if (!file.files[0]) return;
    const picture = await createImageBitmap(file.files[0], { imageOrientation: "from-image" }).catch(() => null);
    if (!picture) {
      kept.value = "?";
      return;
    }
    const share = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const [width, height] = [Math.round(picture.width * share), Math.round(picture.height * share)];
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(picture, 0, 0, width, height);
    kept.value = canvas.toDataURL("image/jpeg", 0.8);
    shown.src = kept.value;
    shown.hidden = false;
  });
});
