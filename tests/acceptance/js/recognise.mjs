// Recognise a WAV file with Microsoft's Speech SDK: a JSON request on standard input, a JSON event a line on standard output.
//   url, key | token, wav        where, who and what
//   once                         one utterance instead of the whole file
//   push                         a push stream instead of the file
//   words, dictation, phrases    word times; spoken punctuation; a list of phrases to listen for
//   language, path, browser      en-US; an endpoint's path instead of the host; the global WebSocket instead of node's
import fs from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const sdk = require("microsoft-cognitiveservices-speech-sdk");
const request = JSON.parse(fs.readFileSync(0, "utf8"));
const tell = (event, fields = {}) => console.log(JSON.stringify({ event, ...fields }));

if (!request.browser) {
  const sockets = require("microsoft-cognitiveservices-speech-sdk/distrib/lib/src/common.browser/WebsocketMessageAdapter.js");
  sockets.WebsocketMessageAdapter.forceNpmWebSocket = true;
}

function configure() {
  const key = request.token ? undefined : request.key;
  const config = request.path
    ? sdk.SpeechConfig.fromEndpoint(new URL(request.url + request.path), key)
    : sdk.SpeechConfig.fromHost(new URL(request.url), key);
  if (request.token) config.authorizationToken = request.token;
  config.speechRecognitionLanguage = request.language ?? "en-US";
  config.setProperty("SPEECH-TransmitLengthBeforThrottleMs", "3600000");
  if (request.dictation) config.enableDictation();
  if (request.words) {
    config.outputFormat = sdk.OutputFormat.Detailed;
    config.requestWordLevelTimestamps();
  }
  return config;
}

function openAudio() {
  const wav = fs.readFileSync(request.wav);
  if (!request.push) return sdk.AudioConfig.fromWavFileInput(wav, "speech.wav");
  const headerBytes = 44; // of the plain WAV files that tests write
  const format = sdk.AudioStreamFormat.getWaveFormatPCM(wav.readUInt32LE(24), wav.readUInt16LE(34), wav.readUInt16LE(22));
  const stream = sdk.AudioInputStream.createPushStream(format);
  for (let at = headerBytes; at < wav.length; at += 3200) {
    stream.write(Uint8Array.from(wav.subarray(at, at + 3200)).buffer);
  }
  stream.close();
  return sdk.AudioConfig.fromStreamInput(stream);
}

const describe = (result) => ({
  text: result.text,
  reason: sdk.ResultReason[result.reason],
  offset: result.offset,
  duration: result.duration,
  json: result.json,
});

const recognizer = new sdk.SpeechRecognizer(configure(), openAudio());
if (request.phrases) sdk.PhraseListGrammar.fromRecognizer(recognizer).addPhrases(request.phrases);
recognizer.recognizing = (_, event) => tell("recognizing", describe(event.result));
recognizer.speechStartDetected = () => tell("speechStartDetected");
recognizer.canceled = (_, event) =>
  tell("canceled", {
    reason: sdk.CancellationReason[event.reason],
    code: sdk.CancellationErrorCode[event.errorCode],
    details: event.errorDetails,
  });

const end = () => recognizer.close(() => process.exit(0), () => process.exit(0));
const fail = (error) => {
  tell("failed", { details: String(error) });
  end();
};
if (request.once) {
  recognizer.recognizeOnceAsync((result) => {
    tell("recognized", describe(result));
    end();
  }, fail);
} else {
  recognizer.recognized = (_, event) => tell("recognized", describe(event.result));
  recognizer.sessionStopped = () => {
    tell("sessionStopped");
    end();
  };
  recognizer.startContinuousRecognitionAsync(() => {}, fail);
}
