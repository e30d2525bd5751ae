package dev.atrium.policy.sensitive;

import java.util.List;

/** What the words just before a number say of it, on the same line. */
final class Context {

  private static final int REACH = 16;

  /** These say that it is a number of something else. */
  private static final List<String> OTHERS = List.of(
    "订单",
    "工单",
    "单号",
    "编号",
    "流水",
    "序列号",
    "版本",
    "货号",
    "发票",
    "批次",
    "条码",
    "order",
    "invoice",
    "tracking",
    "ticket",
    "serial",
    "parcel",
    "sku",
    "barcode",
    "batch",
    "build",
    "version",
    "isbn",
    "imei",
    "trace",
    "timestamp",
    "时间戳"
  );

  /** These say that it is one after all, whatever else is said. */
  private static final List<String> OURS = List.of(
    "卡",
    "手机",
    "电话",
    "联系",
    "致电",
    "card",
    "phone",
    "mobile",
    "tel",
    "call",
    "cell"
  );

  private Context() {}

  /** Whether the number that begins here is called an order, an invoice, a serial number or the like. */
  static boolean isOtherNumber(Reading text, int start) {
    int from = start;
    while (from > start - REACH && text.get(from - 1) != Reading.NOTHING) {
      from--;
    }
    StringBuilder before = new StringBuilder();
    for (int i = from; i < start; i++) {
      before.append(Reading.lower(text.get(i)));
    }
    return last(before, OTHERS) > last(before, OURS);
  }

  private static int last(StringBuilder text, List<String> words) {
    return words.stream().mapToInt(text::lastIndexOf).max().orElse(-1);
  }
}
