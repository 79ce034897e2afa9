package dev.wootz.format;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file cannot be read or written. The message names the file, the tensor or field, what was found and what was expected. */
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final int LONGEST_QUOTE = 200;

  private final Reason reason;
  private final transient Path path;
  private final @Nullable String tensor;

  public FormatException(Reason reason, Path path, String problem) {
    this(reason, path, null, problem, null);
  }

  public FormatException(Reason reason, Path path, @Nullable String tensor, String problem) {
    this(reason, path, tensor, problem, null);
  }

  public FormatException(Reason reason, Path path, @Nullable String tensor, String problem, @Nullable Throwable cause) {
    super(path + ": " + (tensor == null ? "" : "tensor " + quote(tensor) + ": ") + problem, cause);
    this.reason = reason;
    this.path = path;
    this.tensor = tensor;
  }

  public Reason reason() {
    return reason;
  }

  /** The file or folder that is wrong. */
  public Path path() {
    return path;
  }

  /** The tensor that is wrong, null when the trouble is not with one tensor. */
  public @Nullable String tensor() {
    return tensor;
  }

  /**
   * Text out of a file, made safe for a message: in double quotes, cut after 200 characters, with control characters escaped, so that no
   * file can move the cursor of a terminal.
   */
  public static String quote(String text) {
    return '"' + printable(text.replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
  }

  /** As {@link #quote}, without the quotes: for messages of parsers, which repeat what they find. */
  static String printable(String text) {
    StringBuilder printable = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), LONGEST_QUOTE); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.isSurrogate(c) || Character.getType(c) == Character.FORMAT) {
        printable.append(String.format("\\u%04x", (int) c));
      } else {
        printable.append(c);
      }
    }
    return printable.append(text.length() > LONGEST_QUOTE ? "..." : "").toString();
  }

  /** Each way in which a file can be wrong. */
  public enum Reason {
    // The file itself.
    /** There is no file or folder of this name. */
    NOT_FOUND,
    /** A folder, pipe or device stands where a file was expected. */
    NOT_A_FILE,
    /** The system does not let this process open the file. */
    ACCESS_DENIED,
    /** The system failed to read bytes that are there: a broken disk or network. */
    READ_FAILED,
    /** The file ends before the data that its header describes: an unfinished download or copy. */
    TRUNCATED,
    /** The file was replaced by another while it was open. */
    REPLACED,
    /** A Git LFS pointer: the text that stands for a large file until {@code git lfs pull} fetches it. */
    GIT_LFS_POINTER,
    /** An HTML page, as a server sends it in place of a file that it does not give out. */
    HTML_PAGE,
    /** A checkpoint of another kind: GGUF, a PyTorch archive, a pickle. */
    OTHER_FORMAT,

    // The safetensors header.
    /** Fewer than the 8 bytes that hold the header's length. */
    FILE_TOO_SHORT,
    /** The header's length is beyond the 100 MB that the reference implementation admits. */
    HEADER_TOO_LARGE,
    /** The header's length goes beyond the end of the file. */
    HEADER_BEYOND_FILE,
    /** The header does not start with an opening brace. */
    HEADER_START,
    /** The header is not valid UTF-8. */
    HEADER_NOT_UTF8,
    /** The header is not valid JSON, or something other than white space follows its object. */
    HEADER_NOT_JSON,
    /** A tensor, a field or a metadata key appears twice. */
    DUPLICATE_KEY,
    /** {@code __metadata__} is not an object of strings. */
    METADATA_NOT_STRINGS,
    /** A tensor's entry is not a JSON object. */
    ENTRY_NOT_OBJECT,
    /** A tensor's entry lacks dtype, shape or data_offsets. */
    FIELD_MISSING,
    /** A tensor's entry has a field that the format does not define. */
    FIELD_UNKNOWN,
    /** A field has the wrong JSON type or the wrong number of values. */
    FIELD_TYPE,
    /** The format defines no such element type. */
    UNKNOWN_DTYPE,
    /** An element type that the format defines and Wootz does not hold, such as F4 or F8_E8M0. */
    UNSUPPORTED_DTYPE,
    /** An extent of a shape is negative. */
    NEGATIVE_EXTENT,
    /** A shape has more elements, or its data more bytes, than 63 bits count. */
    SHAPE_OVERFLOW,
    /** A data offset is negative. */
    NEGATIVE_OFFSET,
    /** A data offset is beyond what 63 bits count. */
    OFFSET_OVERFLOW,
    /** A tensor's data ends before it begins. */
    OFFSETS_REVERSED,
    /** The length of a tensor's data is not what its dtype and shape need. */
    SIZE_MISMATCH,
    /** Two tensors share bytes. */
    OVERLAP,
    /** Bytes between two tensors, or before the first, belong to none. */
    HOLE,
    /** Bytes after the last tensor belong to none. */
    TRAILING_BYTES,

    // GGUF.
    /** The file does not start with GGUF's four letters. */
    GGUF_MAGIC,
    /** A version of GGUF other than 2 and 3. */
    GGUF_VERSION,
    /** A GGUF file for big-endian machines. */
    GGUF_BIG_ENDIAN,
    /** A count of keys, tensors or array elements that the rest of the file has no room for. */
    GGUF_COUNT,
    /** A string that is longer than the rest of the file, or than the format allows. */
    GGUF_STRING_LENGTH,
    /** A string that is not valid UTF-8. */
    GGUF_NOT_UTF8,
    /** A metadata value of a type that the format does not define. */
    GGUF_VALUE_TYPE,
    /** A boolean that is neither 0 nor 1. */
    GGUF_BOOLEAN,
    /** Arrays in arrays, deeper than anything in use. */
    GGUF_NESTING,
    /** {@code general.alignment} is not a power of two from 8 on, or data is not so aligned. */
    GGUF_ALIGNMENT,
    /** A tensor with no dimension or more than four. */
    GGUF_RANK,
    /** Rows of a block type that are not whole blocks. */
    GGUF_BLOCKS,
    /** A metadata key was asked for that the file does not have. */
    METADATA_MISSING,
    /** A metadata value has another type than its reader needs, or is beyond the range of it. */
    METADATA_TYPE,

    // Conversion.
    /** A tensor that the other container has no name for. */
    TENSOR_UNKNOWN,
    /** A model of a kind that cannot be converted. */
    CONVERSION_UNSUPPORTED,
    /** A NaN or an infinity where a block type needs finite values. */
    VALUE_NOT_FINITE,

    // The folder.
    /** A folder without any weights. */
    NO_WEIGHTS,
    /** A folder whose weights are PyTorch pickles only, which can run code when loaded and are not read. */
    PYTORCH_WEIGHTS_ONLY,
    /** A folder with several safetensors files and nothing that says which belong together. */
    AMBIGUOUS_WEIGHTS,
    /** Shards of a checkpoint without the index that lists them. */
    INDEX_MISSING,
    /** A folder that holds a LoRA adapter where a model was expected. */
    ADAPTER_NOT_MODEL,
    /** The index is not of the form that Hugging Face defines. */
    INDEX_INVALID,
    /** The index names a shard by something other than a plain file name: it could lead out of the folder. */
    SHARD_NAME_UNSAFE,
    /** The index names a shard that is not there. */
    SHARD_MISSING,
    /** The index places a tensor in a shard that does not hold it. */
    TENSOR_NOT_IN_SHARD,
    /** A tensor was asked for that the checkpoint does not have. */
    TENSOR_MISSING,
    /** The checkpoint has no config.json. */
    CONFIG_MISSING,
    /** A setting of the model is missing, of the wrong type, out of range, or contradicts another. */
    CONFIG_FIELD,
    /** A model of an architecture that is not known. */
    ARCHITECTURE_UNKNOWN,
    /** A known architecture with a variation that is not computed: another activation, another kind of rotary scaling. */
    ARCHITECTURE_UNSUPPORTED,
    /** A tensor's shape or type is not what the model's settings need. */
    TENSOR_SHAPE,
    /** A JSON file is not valid JSON in UTF-8, is not an object, or is too large. */
    JSON_INVALID,

    // The tokenizer.
    /** A folder without tokenizer.json: without a tokenizer, or with one in a form that is not read, such as SentencePiece alone. */
    TOKENIZER_MISSING,
    /** A field of a tokenizer's file is missing or has the wrong type. */
    TOKENIZER_FIELD,
    /** The tokenizer's model is of a kind that Hugging Face does not define. */
    TOKENIZER_MODEL_UNKNOWN,
    /** A token's id is out of range, or two tokens have the same id, or one token has two. */
    TOKEN_ID,
    /** A merge rule of a tokenizer is not made of two tokens of its vocabulary. */
    TOKENIZER_MERGE,
    /** The tokenizer has a component, or asks for something of one, that Wootz does not have. */
    TOKENIZER_UNSUPPORTED,
    /** A folder or file of a model without a chat template. */
    CHAT_TEMPLATE_MISSING,

    // The adapter.
    /** A setting of the adapter is missing or has a value that PEFT does not define. */
    ADAPTER_SETTING,
    /** The adapter needs something that cannot be merged as a product of two matrices, such as DoRA. */
    ADAPTER_UNSUPPORTED,
    /** A tensor of the adapter has a name that is neither a LoRA matrix nor a saved module. */
    ADAPTER_TENSOR_UNKNOWN,
    /** One of a module's two LoRA matrices is missing. */
    ADAPTER_PAIR_INCOMPLETE,
    /** The shapes of a module's LoRA matrices do not fit each other or the rank of the configuration. */
    ADAPTER_SHAPE,

    // Writing.
    /** The disk, or the user's share of it, is full. */
    DISK_FULL,
    /** The system failed to write. */
    WRITE_FAILED,
    /** What an interrupted run left is not what this run would write, so it cannot be continued. */
    RESUME_MISMATCH
  }
}
