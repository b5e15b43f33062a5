"""Published and self-made vectors of the callback envelope; the real-data file holds the first ones once more."""

TOKEN, KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"

V1 = {
    "timestamp": "1409659589",
    "nonce": "263014780",
    "signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "sealed": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
    "plain": "1616140317555161061",
}

V2_SEALED = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg"
    "3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+k"
    "DZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6ti"
    "WSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p"
    "8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)
V2 = {
    "timestamp": "1409659813",
    "nonce": "1372623149",
    "signature": "477715d11cdb4164915debcba66cb864d751f3e6",
    "sealed": V2_SEALED,
    "plain": (
        "<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>\n"
        "<FromUserName><![CDATA[mycreate]]></FromUserName>\n"
        "<CreateTime>1409659813</CreateTime>\n"
        "<MsgType><![CDATA[text]]></MsgType>\n"
        "<Content><![CDATA[hello]]></Content>\n"
        "<MsgId>4561255354251345929</MsgId>\n"
        "<AgentID>218</AgentID>\n"
        "</xml>"
    ),
}

V3_MESSAGE = (
    "<xml><ToUserName><![CDATA[mycreate]]></ToUserName><FromUserName><![CDATA[wx5823bf96d3bd56c7]]></From"
    "UserName><CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[thi"
    "s is a test]]></Content></xml>"
)
V3_SEALED = (
    "sKqRbbiSUnDhFHOvPjtUMUNeky1yBjV3tIYfilQwj5fN/Js8KUsEWgVXPlHti2RHT6dIU70aNopY/r2YT/zocnNvNMINRv0id5aS"
    "eETI1s02SAEnZMIWt6fVqyK7irt5+LzsEgzU2+PBfYup8ovuaCu+9taHYr8YVF6U9Up9iZ16WlEmu/k1FJF4bI/LICkN8lVX/Q33"
    "kLnZ0DWcKwZMCKslSAq62JMlRf5YNUk+bnuHVW/OYk8e92Pbspu05Vey6KyBtAXHdWns7Z5HM4ri+Dx/5SqvZu0AjtIIoicwqzea"
    "dA2JeFdbjpMgCRTSX6F2ADH/rio9XbaiCvgpmF1qyjxSH4zOz32BCgpC46a07fWlqpD/+PxtMiWcMwSlrD+t"
)
V3 = {
    "timestamp": "1409659813",
    "nonce": "1372623149",
    "random": "0123456789abcdef",
    "signature": "68f5dc43743f9cc82ad8ea2a52b524c675af7803",
}

V4_SEALED = (
    "P9TP8OO8ZpJE35Ha/87+5L3GfYq+W+wszJtcO478JrkWToPLFT7V1Rq6Bgkzsvs41QG4q4CiSz/8fOYthoCBw+Eqj82vBvv4AXoU"
    "Bvt5VP0h/OtEfeftY7Lo7R2X3Njzpabm1FgQFdQ6mXFzLkpZtQyzMxKNTGJgtx12Rpf+lpu00A9YdOCCiqsV9jadDZBQj6hXWduM"
    "KZLQesEgnx9tST4THFo5wD2aKxS4sX7fZZKUhIkJczR3JBnvRSzvHbSO9G6nJhoFxb6qByUyW86nKgWaFDWIeqNgrVZq3EHweOiI"
    "rHWMy7rTVdjFJu+qjSvdlySeb+rBTZV+PiIAydK0/v1+5Nfo+e2z/gq9YMoZQqHelf9wFepfDSZmhW1Q7JRmzvlLdGxGAvkA4wv8"
    "yr49shqb99/ZfeDlUna+qV27ZJ/IT+SkUTEupmT2WQO7HTq1j1KCpa69wEAjSAlsNnUJYINU2cTWagtpLgjSwfAdCcjfpSprNk74"
    "Auy9ews4Wce+UjE/PiclDGvI9MSBaQNKoZrq4o2qcbT41r/YMcwZ4XPiVJZrBeRHaY6rBU1eZ/qSZ7uC6RsZdyNSY84tLlMs5O9y"
    "hcXAbkiIY2kig2R5KQvHbep687AoiHQKtfQbXXTuzLIlWgJWqiM4cqP5qwn4zauxLycxqDrK9hI25IHjFNkLa/9oHC6CdZl+zRjB"
    "PZ55EQtOVxjP7HdXHv4HGDiHKQ=="
)
V4_MESSAGE = (
    "<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserN"
    "ame><CreateTime>1403610513</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_ex"
    "ternal_contact]]></Event><ChangeType><![CDATA[add_external_contact]]></ChangeType><UserID><![CDATA[z"
    "hangsan]]></UserID><ExternalUserID><![CDATA[woAJ2GCAAAXtWyujaWJHDDGi0mACHAAA]]></ExternalUserID><Sta"
    "te><![CDATA[teststate]]></State><WelcomeCode><![CDATA[WELCOMECODE]]></WelcomeCode></xml>"
)
V4 = {
    "timestamp": "1403610513",
    "nonce": "777777",
    "random": "fedcba9876543210",
    "signature": "f7f9ca8d51800cd99720bf1ebbda9db08818c4b9",
}

V5 = {
    "token": "123456",
    "key": "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR",
    "receiver": "wx49f0ab532d5d035a",
    "timestamp": "1411443780",
    "nonce": "437374425",
    "signature": "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96",
    "sealed": "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==",
    "plain": "5927782489442352469",
}

V6 = {
    "token": "kjr2TKI8umCBfVF3wAHk8JiPwma5VBme",
    "timestamp": "1583940690",
    "nonce": "VHh7ymSeb0jc4lSb",
    "sealed": "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w==",
    "signature": "1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb011",
}

V7 = {
    "ticket": "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
    "nonce": "Wm3WZYTPz0wzccnW",
    "timestamp": "1414587457",
    "url": "http://mp.weixin.qq.com?params=value",
    "signature": "0f9de62fce790f9a083d5c99e95740ceb90c27ed",
}
