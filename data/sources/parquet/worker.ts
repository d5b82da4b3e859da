// The Worker of a ParquetReader.
import { ParquetFile } from "./file.ts";
import type { ToParquetWorker } from "./questions.ts";
import { type Answered, serveQuestions } from "./serve.ts";

const files = new Map<string, ParquetFile>();

serveQuestions(async (question: ToParquetWorker): Promise<Answered> => {
  const file = files.get(question.path) ?? await ParquetFile.open(question.path);
  files.set(question.path, file);
  switch (question.kind) {
    case "open": {
      const { path, classNames, image, label, groups } = file;
      return { answer: { path, classNames, image, label, groups } };
    }
    case "labels":
      return { answer: await file.labels() };
    case "images": {
      const images = await file.images(question.group);
      // Several images may be in one buffer.
      const buffers = new Set(images.map(({ buffer }) => buffer as ArrayBuffer));
      return { answer: images, transfer: [...buffers] };
    }
  }
});
