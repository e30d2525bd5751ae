package dev.atrium.api;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The one table of errors. A code and the names of its arguments are stable; the sentences are made
 * from them and may be reworded. Every transport maps from here: HTTP status, gRPC status, and the
 * websocket close code where the error ends the socket.
 */
public enum ErrorCode {
  BAD_FRAME(
    "This is not a frame that the hub understands: {reason}.",
    "无法识别的数据帧：{reason}。",
    Spec.of(400, "INVALID_ARGUMENT").closing(CloseCode.BAD_FRAME).args("reason")
  ),
  UNKNOWN_TYPE(
    "The hub does not know frames of the type “{type}”.",
    "不支持的数据帧类型“{type}”。",
    Spec.of(400, "INVALID_ARGUMENT").args("type")
  ),
  BAD_FIELD(
    "The field “{field}” is not valid: {reason}.",
    "字段“{field}”无效：{reason}。",
    Spec.of(400, "INVALID_ARGUMENT").args("field", "reason")
  ),
  TOO_LARGE(
    "This is larger than {limit} bytes.",
    "内容超过了 {limit} 字节的上限。",
    Spec.of(413, "INVALID_ARGUMENT").closing(CloseCode.TOO_LARGE).args("limit")
  ),
  UNAUTHENTICATED(
    "Please sign in.",
    "请先登录。",
    Spec.of(401, "UNAUTHENTICATED").closing(CloseCode.SESSION_ENDED)
  ),
  SESSION_EXPIRED(
    "Your session has ended. Please sign in again.",
    "会话已结束，请重新登录。",
    Spec.of(401, "UNAUTHENTICATED").closing(CloseCode.SESSION_ENDED)
  ),
  FORBIDDEN_ORIGIN(
    "Requests from {origin} are not accepted here.",
    "不接受来自 {origin} 的请求。",
    Spec.of(403, "PERMISSION_DENIED").closing(CloseCode.FORBIDDEN_ORIGIN).args("origin")
  ),
  WRONG_CREDENTIALS(
    "The name or the password is wrong.",
    "用户名或密码不正确。",
    Spec.of(401, "UNAUTHENTICATED")
  ),
  TOO_MANY_ATTEMPTS(
    "Too many attempts. Please try again in {retryAfterSeconds} seconds.",
    "尝试次数过多，请在 {retryAfterSeconds} 秒后重试。",
    Spec.of(429, "RESOURCE_EXHAUSTED").retry().args("retryAfterSeconds")
  ),
  PASSWORD_CHANGE_REQUIRED(
    "Please choose a new password first.",
    "请先设置新密码。",
    Spec.of(403, "FAILED_PRECONDITION").closing(CloseCode.SESSION_ENDED)
  ),
  PASSWORD_TOO_WEAK(
    "The new password needs at least {minimum} characters and must differ from the old one.",
    "新密码至少需要 {minimum} 个字符，并且不能与旧密码相同。",
    Spec.of(400, "INVALID_ARGUMENT").args("minimum")
  ),
  SIGN_IN_INTERRUPTED(
    "The sign-in was interrupted or took too long. Please try again.",
    "登录被中断或超时，请重试。",
    Spec.of(400, "UNAUTHENTICATED").retry()
  ),
  SIGN_IN_REFUSED(
    "Your company's sign-in service knows you, but you may not come in here. Please ask your administrator.",
    "公司的登录服务已确认您的身份，但您在此没有可用的账号，请联系管理员。",
    Spec.of(403, "PERMISSION_DENIED")
  ),
  IDENTITY_UNAVAILABLE(
    "Your company's sign-in service can't be reached at the moment.",
    "暂时无法连接公司的登录服务。",
    Spec.of(503, "UNAVAILABLE").retry()
  ),
  KEY_INVALID(
    "This API key is not valid: it is unknown, has expired or was revoked, or its owner may not come in.",
    "API 密钥无效：密钥不存在、已过期或已撤销，或其所有者已被停用。",
    Spec.of(401, "UNAUTHENTICATED").closing(CloseCode.SESSION_ENDED)
  ),
  KEY_SCOPE_MISSING(
    "This API key may not do that: it lacks the scope “{scope}”.",
    "此 API 密钥没有执行该操作的权限：缺少“{scope}”范围。",
    Spec.of(403, "PERMISSION_DENIED").args("scope")
  ),
  KEY_NOT_ACCEPTED(
    "This can't be done with an API key; a person has to sign in for it.",
    "该操作不能使用 API 密钥，需要本人登录。",
    Spec.of(403, "PERMISSION_DENIED")
  ),
  NOT_FOUND(
    "This does not exist, or it is not yours.",
    "内容不存在，或不属于您。",
    Spec.of(404, "NOT_FOUND").args("what")
  ),
  MODEL_UNKNOWN(
    "There is no model “{model}”.",
    "没有名为“{model}”的模型。",
    Spec.of(400, "INVALID_ARGUMENT").args("model")
  ),
  MODEL_FORBIDDEN(
    "You may not use the model “{model}” (deciding rule: {rule}).",
    "您没有使用模型“{model}”的权限（起决定作用的规则：{rule}）。",
    Spec.of(403, "PERMISSION_DENIED").args("model", "rule")
  ),
  FEATURE_FORBIDDEN(
    "You may not use the feature “{feature}” (deciding rule: {rule}).",
    "您没有使用功能“{feature}”的权限（起决定作用的规则：{rule}）。",
    Spec.of(403, "PERMISSION_DENIED").args("feature", "rule")
  ),
  MODEL_UNAVAILABLE(
    "The model “{model}” is not running at the moment.",
    "模型“{model}”当前没有运行。",
    Spec.of(503, "UNAVAILABLE").retry().args("model")
  ),
  NO_NODE(
    "No machine that can answer is reachable at the moment.",
    "当前没有可用的推理节点。",
    Spec.of(503, "UNAVAILABLE").retry()
  ),
  OVERLOADED(
    "All machines are busy. Please try again in a moment.",
    "所有推理节点都在忙，请稍后重试。",
    Spec.of(503, "RESOURCE_EXHAUSTED").retry()
  ),
  CONTEXT_FULL(
    "This message is too long for the model, which can hold {contextLength} tokens.",
    "这条消息超出了模型的长度上限（{contextLength} 个词元）。",
    Spec.of(400, "INVALID_ARGUMENT").args("promptTokens", "contextLength")
  ),
  PROMPT_TOO_LONG(
    "This message has {length} characters; at most {limit} are accepted.",
    "消息有 {length} 个字符，最多允许 {limit} 个。",
    Spec.of(400, "INVALID_ARGUMENT").args("length", "limit")
  ),
  SENSITIVE_REFUSED(
    "This conversation contains data that may not be sent to the model “{model}”. Nothing was sent.",
    "对话中包含不允许发送给模型“{model}”的敏感数据，内容未发送。",
    Spec.of(422, "FAILED_PRECONDITION").args("model", "kinds", "spans")
  ),
  SENSITIVE_UNCONFIRMED(
    "This conversation contains sensitive data. Nothing was sent to the model “{model}” yet; please check what is marked, and change it or confirm it.",
    "对话中包含敏感数据，尚未发送给模型“{model}”；请检查标出的内容，修改后重发或确认发送。",
    Spec.of(409, "FAILED_PRECONDITION").args("model", "kinds", "spans")
  ),
  GENERATION_BUSY(
    "An answer is still being written in this conversation.",
    "此对话中还有回答正在生成。",
    Spec.of(409, "FAILED_PRECONDITION").retry().args("generationId")
  ),
  SHARE_TOO_LONG(
    "This chat is too long to be shared: at most {messages} messages with {bytes} bytes.",
    "对话过长，无法分享：最多 {messages} 条消息、{bytes} 字节。",
    Spec.of(400, "INVALID_ARGUMENT").args("messages", "bytes")
  ),
  TOO_MANY_SHARES(
    "You have shared {limit} chats that are open, or as many today; no more can be shared at a time.",
    "您已有 {limit} 个有效分享，或今天已分享了 {limit} 次，暂时不能再分享。",
    Spec.of(409, "RESOURCE_EXHAUSTED").args("limit")
  ),
  RATE_LIMITED(
    "That was a little fast. Please try again in {retryAfterSeconds} seconds.",
    "操作过于频繁，请在 {retryAfterSeconds} 秒后重试。",
    Spec.of(429, "RESOURCE_EXHAUSTED").retry().args("retryAfterSeconds")
  ),
  TOKEN_RATE_TOO_SMALL(
    "This message and the beginning of its answer have {tokens} tokens; you may use {perMinute} a minute.",
    "这条消息及其回答的开头共 {tokens} 个词元，超过了每分钟 {perMinute} 个的限制。",
    Spec.of(400, "INVALID_ARGUMENT").args("tokens", "perMinute")
  ),
  BUDGET_EXHAUSTED(
    "The budget for this is used up.",
    "预算已用完。",
    Spec.of(402, "RESOURCE_EXHAUSTED").args("account")
  ),
  NO_PRICE(
    "There is no price for the model “{model}”, so it can't be used yet.",
    "模型“{model}”尚未设定价格，暂时无法使用。",
    Spec.of(403, "FAILED_PRECONDITION").args("model")
  ),
  TEMPLATE_ERROR(
    "The model's chat template could not be filled in.",
    "模型的对话模板无法渲染。",
    Spec.of(500, "INTERNAL").args("reason")
  ),
  ENGINE_FAILED(
    "The model failed while it was writing.",
    "模型在生成时出错。",
    Spec.of(502, "INTERNAL").retry().args("reason")
  ),
  NODE_LOST(
    "The machine that was writing this answer was lost.",
    "正在生成回答的节点已失联。",
    Spec.of(502, "UNAVAILABLE").retry().args("node")
  ),
  NODE_LEAVING(
    "The machine that was writing this answer is being stopped.",
    "正在生成回答的节点即将停止。",
    Spec.of(503, "UNAVAILABLE").retry().args("node")
  ),
  INTERRUPTED(
    "This answer was interrupted. You can have it written again.",
    "回答被中断，可以重新生成。",
    Spec.of(503, "ABORTED").retry()
  ),
  DATABASE_UNAVAILABLE(
    "The database can't be reached at the moment. Nothing was saved; please try again.",
    "暂时无法连接数据库，内容未保存，请重试。",
    Spec.of(503, "UNAVAILABLE").retry()
  ),
  HUB_LEAVING(
    "This hub is being stopped; please try again.",
    "当前服务即将停止，请重试。",
    Spec.of(503, "UNAVAILABLE").retry().closing(CloseCode.HUB_LEAVING)
  ),
  SLOW_READER(
    "The connection was too slow and was closed.",
    "连接过慢，已被关闭。",
    Spec.of(408, "RESOURCE_EXHAUSTED").retry().closing(CloseCode.SLOW_READER)
  ),
  TOO_MANY_SOCKETS(
    "You have {limit} windows open already; please close one.",
    "您已打开 {limit} 个窗口，请先关闭一个。",
    Spec.of(429, "RESOURCE_EXHAUSTED").closing(CloseCode.TOO_MANY_SOCKETS).args("limit")
  ),
  INTERNAL(
    "Something went wrong on our side (reference {reference}).",
    "服务内部出错（参考号 {reference}）。",
    Spec.of(500, "INTERNAL").retry().args("reference")
  );

  private final String en;
  private final String zh;
  private final Spec spec;

  ErrorCode(String en, String zh, Spec spec) {
    this.en = en;
    this.zh = zh;
    this.spec = spec;
  }

  /** The stable name on the wire, such as {@code model_unknown}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The names of the arguments that the sentences may use. */
  public List<String> args() {
    return spec.args;
  }

  /** Whether the same request may succeed later without a change. */
  public boolean retryable() {
    return spec.retryable;
  }

  /** The HTTP status of a refusal with this code. */
  public int http() {
    return spec.http;
  }

  /** The name of the gRPC status. */
  public String grpc() {
    return spec.grpc;
  }

  /** How the socket is closed, if this error ends it. */
  public Optional<CloseCode> close() {
    return Optional.ofNullable(spec.close);
  }

  /** The sentence before its arguments are filled in; Chinese for a locale that starts with "zh". */
  public String template(String locale) {
    return locale.startsWith("zh") ? zh : en;
  }

  /** The sentence for a reader. An argument that is not given becomes "…". */
  public String message(String locale, Map<String, ?> values) {
    String text = template(locale);
    for (String arg : spec.args) {
      Object value = values.get(arg);
      text = text.replace("{" + arg + "}", value == null ? "…" : value.toString());
    }
    return text;
  }

  /** The code of this name on the wire. */
  public static Optional<ErrorCode> of(String code) {
    for (ErrorCode e : values()) {
      if (e.code().equals(code)) {
        return Optional.of(e);
      }
    }
    return Optional.empty();
  }

  /** The numbers of one row of the table. */
  private record Spec(
    int http,
    String grpc,
    boolean retryable,
    CloseCode close,
    List<String> args
  ) {
    static Spec of(int http, String grpc) {
      return new Spec(http, grpc, false, null, List.of());
    }

    Spec retry() {
      return new Spec(http, grpc, true, close, args);
    }

    Spec closing(CloseCode code) {
      return new Spec(http, grpc, retryable, code, args);
    }

    Spec args(String... names) {
      return new Spec(http, grpc, retryable, close, List.of(names));
    }
  }
}
