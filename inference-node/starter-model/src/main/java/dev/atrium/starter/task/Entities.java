package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.format.TextStyle;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Names, places, numbers and dates for tasks. Most are put together from syllables or figures, so that
 * there are more than a training meets; one in eight, told by its letters alone, is unseen: it never
 * occurs in the training and is what the measures with unseen entities use.
 */
final class Entities {

  private static final List<String> FIRST = words(
    "Anna Ben Carla David Elena Frank Grace Henry Irene James Karen Leo Maria Nina Oscar Paula " +
    "Quentin Rosa Simon Tanya Umar Vera Walter Xenia Yusuf Zoe Amir Bella Carlos Dina Erik Fatima " +
    "Gita Hugo Ines Jonas Kavya Lars Mona Nadia Omar Petra Rahul Sofia Tomas Uma Victor Wanda " +
    "Yara Zane Alice Brian Clara Derek Emma Felix Greta Hannah Ivan Julia Kenji Laura Milan Nora " +
    "Olga Peter Rita Sven Theo Ursula Viola Wei Lin Mei Hao Jun"
  );
  private static final List<String> SURNAME_STARTS = words(
    "Ab Al An Ba Ber Bo Bra Car Cas Cor Da Del Do Dur El Er Fa Fer Fi Gar Gol Gra Ha Hel Hol Ib " +
    "Jan Jo Ka Kel Ko Kra La Len Lo Ma Mar Mel Mo Na Nor O Pa Per Po Ra Rin Ro Sa Sel Shi So Sta " +
    "Ta Tel To Va Ver Vo Wa Wel Wi Ya Za Zel"
  );
  private static final List<String> SURNAME_ENDS = words(
    "berg bin by ca den dez dou ford gan ger hart hus in ka kov la land ler lin low man mann mer " +
    "mont nes nov oni ov qvist rad ram res ridge ris ro sen ski son stein ston ta tez ton tov " +
    "va vic ward well wood zzi"
  );
  private static final List<String> CITY_STARTS = words(
    "Al Ash Bel Bran Cal Car Dal Dor East El Fair Glen Gran Hal Har Kel King Lan Lin Mar Mil New " +
    "North Oak Ost Pen Ral Red Ros Sal San Sil Stan Tor Val Wal West Win"
  );
  private static final List<String> CITY_ENDS = words(
    "bach borough bridge burg bury by cester dale field ford gate ham haven heim hill holm hurst " +
    "ley mere mond mouth port stad stead ton town vale ville wick worth"
  );
  private static final List<String> COMPANY_ENDS = words(
    "tec soft works logistics foods systems print lab media energy motors steel optics health"
  );
  private static final List<String> PROJECTS = words(
    "Apollo Birch Canyon Delta Ember Falcon Garnet Harbor Iris Jasper Kestrel Lotus Maple Nimbus " +
    "Orbit Pine Quartz River Sierra Tulip Umbra Violet Willow Yonder Zephyr Amber Breeze Cobalt " +
    "Dune Echo"
  );
  private static final String HAN_SURNAMES =
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
  private static final String HAN_GIVEN =
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅飞鑫波斌宇浩凯健俊帆雪琳晨阳婷玲慧建国志文博嘉欣怡佳思雨子涵梓轩一诺天佑春秋冬月星海山川林森松柏青云龙凤鹏辉光耀";
  private static final String HAN_CITY_STARTS =
    "安宝常长成大东丰福广海河湖华金九开兰乐临龙泸洛绵南宁平青泉荣山上邵石苏泰天通同温西襄新兴延扬宜永玉运张镇郑中舟";
  private static final String HAN_CITY_ENDS = "州阳城山江海宁安川口沙原门源水陵台港溪岭";
  private static final String HAN_COMPANY =
    "华信达通博远盛鼎恒泰源创联智云科瑞丰宏凯立中天金海安康美佳";
  private static final List<String> HAN_PROJECTS = words(
    "晨星 蓝海 启明 青松 银杏 飞鸟 长河 红枫 白鹭 远山 金穗 朝阳 流云 雪莲 北斗 紫藤 明月 春雨 磐石 灯塔"
  );
  private static final List<String> DEPARTMENTS = words(
    "Sales Marketing Finance Legal Support Purchasing Logistics Research Design Security Training " +
    "Production Quality Payroll Facilities Engineering Controlling Planning Service Export"
  );
  private static final List<String> REGIONS = words(" North South East West Central", " ");
  private static final List<String> HAN_DEPARTMENTS = words(
    "销售 市场 财务 法务 客服 采购 物流 研发 设计 安保 培训 生产 质检 行政 工程 人事 计划 信息 出口 审计"
  );
  private static final List<String> HAN_PARTS = words("部 部 一部 二部 三部 四部 中心");
  private static final List<String> ROLES = words(
    "accountant analyst architect assistant buyer consultant designer developer editor electrician " +
    "engineer inspector lawyer librarian manager nurse planner recruiter secretary technician " +
    "tester trainer translator writer"
  );
  private static final List<String> RANKS = words("junior senior deputy chief lead");
  private static final List<String> HAN_ROLES = words(
    "会计 分析师 架构师 助理 采购员 顾问 设计师 程序员 编辑 电工 工程师 检验员 律师 经理 秘书 技术员 测试员 培训师 翻译"
  );
  private static final List<String> HAN_RANKS = words("初级 高级 实习 首席 资深");
  private static final List<String> LOOKS = words(
    "black blue green grey red white yellow brown small large round square steel wooden plastic " +
    "glass folding mobile"
  );
  private static final List<String> PRODUCTS = words(
    "desk chair lamp shelf cabinet printer scanner monitor keyboard projector whiteboard clock " +
    "table bench mirror box basket folder stapler bag bottle cup phone charger heater fan"
  );
  private static final List<String> HAN_LOOKS = words(
    "黑色 蓝色 绿色 灰色 红色 白色 黄色 棕色 小号 大号 圆形 方形 钢制 木制 塑料 玻璃 折叠 移动"
  );
  private static final List<String> HAN_PRODUCTS = words(
    "办公桌 椅子 台灯 书架 文件柜 打印机 扫描仪 显示器 键盘 投影仪 白板 挂钟 茶几 长凳 镜子 箱子 篮子 文件夹 订书机 提包 " +
    "水瓶 杯子 电话机 充电器 取暖器 风扇"
  );
  private static final List<String> TOPICS = words(
    "budget sales safety project team design quality data hiring planning product security strategy " +
    "customer marketing service travel website"
  );
  private static final List<String> EVENTS = words(
    "meeting review training workshop seminar briefing call conference"
  );
  private static final List<String> HAN_TOPICS = words(
    "预算 销售 安全 项目 团队 设计 质量 数据 招聘 计划 产品 保密 战略 客户 市场 服务 差旅 网站"
  );
  private static final List<String> HAN_EVENTS = words(
    "会议 评审会 培训 研讨会 讲座 说明会 电话会 交流会"
  );
  private static final List<String> THINGS = words(
    "apples batteries bottles boxes bulbs cables calendars candles chairs clips cups envelopes " +
    "erasers filters flowers folders forks gloves keys labels lamps markers mugs notebooks " +
    "pencils pens plates rulers screws spoons stamps staplers tables tapes towels trays"
  );
  private static final List<String> HAN_THINGS = words(
    "个苹果 节电池 瓶水 个纸箱 只灯泡 根数据线 本台历 支蜡烛 把椅子 盒回形针 只杯子 个信封 块橡皮 个滤芯 束鲜花 个文件夹 " +
    "把叉子 副手套 把钥匙 张标签 盏台灯 支记号笔 个马克杯 本笔记本 支铅笔 支钢笔 个盘子 把尺子 颗螺丝 把勺子 枚邮票 " +
    "个订书机 张桌子 卷胶带 条毛巾 个托盘"
  );
  private static final List<String> NUMBERS = words(
    "two three four five six seven eight nine ten twelve"
  );
  private static final List<String> HAN_NUMBERS = words("一 两 三 四 五 六 七 八 九 十 十二");
  private static final List<String> TOPIC_KINDS = words(
    "budget|plan|contract|schedule|report|survey|training|move|audit|launch|website|catalogue",
    "\\|"
  );
  private static final List<String> TOPIC_AREAS = words(
    "sales|travel|project|summer|customer|office|quality|safety|supplier|product|team|energy|" +
    "marketing|warehouse|hiring|service",
    "\\|"
  );
  private static final List<String> HAN_TOPIC_AREAS = words(
    "销售 差旅 项目 夏季 客户 办公室 质量 安全 供应商 产品 团队 能源 市场 仓库 招聘 服务"
  );
  private static final List<String> HAN_TOPIC_KINDS = words(
    "预算 计划 合同 日程 报告 调查 培训 搬迁 审计 发布 网站 目录"
  );
  private static final List<String> GOODS = words(
    "office chairs|desks|laptops|monitors|keyboards|headsets|printers|cables|lamps|notebooks|" +
    "folders|boxes of paper|phones|whiteboards|projectors|coffee mugs|pens|shelves|batteries|routers",
    "\\|"
  );
  private static final List<String> HAN_GOODS = words(
    "把办公椅 张办公桌 台笔记本电脑 台显示器 个键盘 副耳机 台打印机 根数据线 盏台灯 本笔记本 " +
    "个文件夹 箱打印纸 部电话 块白板 台投影仪 个杯子 支笔 个书架 节电池 台路由器"
  );
  private static final int ONE_IN = 8;

  private final Language language;
  private final boolean unseen;
  private final RandomGenerator random;

  Entities(Language language, boolean unseen, RandomGenerator random) {
    this.language = language;
    this.unseen = unseen;
    this.random = random;
  }

  /** Whether this text, as a name, number or date, is kept out of the training. */
  static boolean isUnseen(String text) {
    int hash = 17;
    for (int i = 0; i < text.length(); i++) hash = (hash * 0x01000193) ^ text.charAt(i);
    hash ^= hash >>> 15;
    return Math.floorMod((hash * 0x2c1b3c6d) >>> 7, ONE_IN) == 0;
  }

  /** Draws until it is one for this split. The supply must have both kinds. */
  String of(Supplier<String> supply) {
    for (int i = 0; i < 10_000; i++) {
      var text = supply.get();
      if (isUnseen(text) == unseen) return text;
    }
    throw new IllegalStateException("nothing " + (unseen ? "unseen" : "seen") + " to draw");
  }

  /** First name and surname. */
  String person() {
    return of(() ->
      language == Language.EN
        ? pick(FIRST) + " " + surname()
        : han(HAN_SURNAMES) + han(HAN_GIVEN) + (random.nextInt(4) == 0 ? "" : han(HAN_GIVEN))
    );
  }

  /** As colleagues call each other: a first name, in Chinese the whole one. */
  String colleague() {
    return language == Language.EN ? of(() -> pick(FIRST)) : person();
  }

  String city() {
    return of(() ->
      language == Language.EN
        ? pick(CITY_STARTS) + pick(CITY_ENDS)
        : han(HAN_CITY_STARTS) + han(HAN_CITY_ENDS)
    );
  }

  String company() {
    return of(() ->
      language == Language.EN
        ? capital(pick(SURNAME_STARTS) + pick(COMPANY_ENDS))
        : han(HAN_COMPANY) + han(HAN_COMPANY) + pick(words("公司 科技 集团 物流 电子"))
    );
  }

  String project() {
    return of(() ->
      language == Language.EN
        ? pick(PROJECTS) + (random.nextBoolean() ? "" : " " + (1 + random.nextInt(30)))
        : pick(HAN_PROJECTS) + (random.nextBoolean() ? "" : (1 + random.nextInt(30)) + "号")
    );
  }

  /** Two or three letters and three to five figures: an order, an invoice, a ticket. */
  String code() {
    return of(() -> {
      var out = new StringBuilder();
      for (int i = 2 + random.nextInt(2); i > 0; i--) out.append((char) ('A' + random.nextInt(26)));
      out.append('-');
      for (int i = 3 + random.nextInt(3); i > 0; i--) out.append(random.nextInt(10));
      return out.toString();
    });
  }

  /** A whole number from {@code low} to {@code high}, both possible. */
  String number(int low, int high) {
    return of(() -> Integer.toString(low + random.nextInt(high - low + 1)));
  }

  /** An amount with its currency: {@code 1,250 euros}, {@code 860元}. */
  String amount() {
    return of(() -> {
      int value = (1 + random.nextInt(999)) * (random.nextBoolean() ? 1 : 10);
      return language == Language.EN
        ? String.format(Locale.ROOT, "%,d", value) + pick(words(" euros| dollars", "\\|"))
        : value + "元";
    });
  }

  /** An amount from {@code low} to {@code high} in steps of five, as limits are. */
  String amount(int low, int high) {
    return of(() -> {
      int value = low + 5 * random.nextInt((high - low) / 5 + 1);
      return language == Language.EN
        ? String.format(Locale.ROOT, "%,d", value) + pick(words(" euros| dollars", "\\|"))
        : value + "元";
    });
  }

  /** A time of day in steps of five minutes: {@code 14:30}. */
  String time() {
    return time(7, 19);
  }

  /** A time of day from one full hour to before the hour after another. */
  String time(int first, int last) {
    return of(() ->
      String.format(
        Locale.ROOT,
        "%d:%02d",
        first + random.nextInt(last - first + 1),
        5 * random.nextInt(12)
      )
    );
  }

  /** Day and month: {@code 4 March}, {@code 3月4日}. */
  String day() {
    return of(() -> day(LocalDate.of(2026, 1, 1).plusDays(random.nextInt(365))));
  }

  /** Two days of one year, the second at most some weeks after the first. */
  List<String> days() {
    while (true) {
      var first = LocalDate.of(2026, 1, 1).plusDays(random.nextInt(300));
      var last = first.plusDays(1 + random.nextInt(21));
      if (isUnseen(day(first)) == unseen && isUnseen(day(last)) == unseen) {
        return List.of(day(first), day(last));
      }
    }
  }

  /** A date in the years around, that a task computes with. */
  LocalDate date() {
    while (true) {
      var date = LocalDate.of(2025, 1, 1).plusDays(random.nextInt(4 * 365));
      if (isUnseen(date.toString()) == unseen) return date;
    }
  }

  String day(LocalDate date) {
    return language == Language.EN
      ? date.getDayOfMonth() + " " + date.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH)
      : date.getMonthValue() + "月" + date.getDayOfMonth() + "日";
  }

  /** {@code Monday}, {@code 周一}. All are trained: there are only seven. */
  String weekday(DayOfWeek day) {
    return language == Language.EN
      ? day.getDisplayName(TextStyle.FULL, Locale.ENGLISH)
      : "周" + "一二三四五六日".charAt(day.getValue() - 1);
  }

  /** A meeting room: {@code room 214}, {@code 214会议室}. */
  String room() {
    return of(() -> {
      var number = Integer.toString(100 + random.nextInt(800));
      return language == Language.EN ? "room " + number : number + "会议室";
    });
  }

  /** An address of a person: {@code nina.kelov@marston.example}. */
  String mail() {
    return of(
      () ->
        (pick(FIRST) + "." + surname() + "@" + pick(CITY_STARTS) + pick(CITY_ENDS)).toLowerCase(
          Locale.ROOT
        ) +
        ".example"
    );
  }

  /** The address of this person; who has a Chinese name has one of any name. */
  String mail(String person) {
    if (language == Language.ZH) return mail();
    var name = person.toLowerCase(Locale.ROOT).replace(' ', '.') + "@";
    return of(
      () -> name + (pick(CITY_STARTS) + pick(CITY_ENDS)).toLowerCase(Locale.ROOT) + ".example"
    );
  }

  /** The desk of a person: {@code room 214}, {@code 214室}. */
  String office() {
    return language == Language.EN ? room() : of(() -> 100 + random.nextInt(800) + "室");
  }

  /** {@code Sales}, {@code Sales North}, {@code 销售二部}. */
  String department() {
    return of(() ->
      language == Language.EN
        ? (pick(DEPARTMENTS) + " " + pick(REGIONS)).strip()
        : pick(HAN_DEPARTMENTS) + pick(HAN_PARTS)
    );
  }

  /** What somebody does: {@code senior buyer}, {@code 高级采购员}. */
  String role() {
    return of(() ->
      language == Language.EN ? pick(RANKS) + " " + pick(ROLES) : pick(HAN_RANKS) + pick(HAN_ROLES)
    );
  }

  /** One thing that is bought, without article: {@code grey cabinet}, {@code 灰色文件柜}. */
  String product() {
    return of(() ->
      language == Language.EN
        ? pick(LOOKS) + " " + pick(PRODUCTS)
        : pick(HAN_LOOKS) + pick(HAN_PRODUCTS)
    );
  }

  /** Something that people come together for: {@code budget meeting}, {@code 预算评审会}. */
  String event() {
    return of(() ->
      language == Language.EN
        ? pick(TOPICS) + " " + pick(EVENTS)
        : pick(HAN_TOPICS) + pick(HAN_EVENTS)
    );
  }

  /** So many of something: {@code two cables}, {@code 两根数据线}. */
  String things() {
    return of(() ->
      language == Language.EN
        ? pick(NUMBERS) + " " + pick(THINGS)
        : pick(HAN_NUMBERS) + pick(HAN_THINGS)
    );
  }

  /** A telephone extension of three or four figures. */
  String extension() {
    return of(() -> Integer.toString(100 + random.nextInt(random.nextBoolean() ? 900 : 9900)));
  }

  /** A share, {@code 15%}. */
  String percent() {
    return of(() -> (2 + random.nextInt(60)) + "%");
  }

  /** A word that means nothing: two or three syllables, in Chinese two or three characters. */
  String word() {
    return of(() -> {
      var out = new StringBuilder();
      for (int i = 2 + random.nextInt(2); i > 0; i--) {
        out.append(
          language == Language.EN
            ? pick(random.nextBoolean() ? SURNAME_STARTS : SURNAME_ENDS)
            : han(random.nextBoolean() ? HAN_GIVEN : HAN_CITY_STARTS)
        );
      }
      return out.toString().toLowerCase(Locale.ROOT);
    });
  }

  /**
   * Something that might be anything, in one to three words, some of them invented: so that what is
   * copied is not one of a list that could be learned by heart.
   */
  String free() {
    return of(() -> {
      var out = new StringBuilder();
      for (int i = 1 + random.nextInt(2); i > 0; i--) {
        out.append(pieceOfAnything()).append(language == Language.EN ? " " : "");
      }
      return out.append(anything()).toString();
    });
  }

  private String pieceOfAnything() {
    if (language == Language.ZH) {
      return switch (random.nextInt(4)) {
        case 0 -> pick(HAN_LOOKS);
        case 1 -> pick(HAN_TOPIC_AREAS);
        case 2 -> pick(HAN_TOPICS);
        default -> han(HAN_CITY_STARTS) + han(HAN_GIVEN);
      };
    }
    return switch (random.nextInt(4)) {
      case 0 -> pick(LOOKS);
      case 1 -> pick(TOPIC_AREAS);
      case 2 -> pick(TOPICS);
      default -> (pick(SURNAME_STARTS) + pick(SURNAME_ENDS)).toLowerCase(Locale.ROOT);
    };
  }

  private String anything() {
    if (language == Language.ZH) {
      return switch (random.nextInt(4)) {
        case 0 -> pick(HAN_PRODUCTS);
        case 1 -> pick(HAN_TOPIC_KINDS);
        case 2 -> pick(HAN_EVENTS);
        default -> han(HAN_GIVEN) + han(HAN_CITY_ENDS);
      };
    }
    return switch (random.nextInt(5)) {
      case 0 -> pick(PRODUCTS);
      case 1 -> pick(THINGS);
      case 2 -> pick(TOPIC_KINDS);
      case 3 -> pick(EVENTS);
      default -> (pick(CITY_STARTS) + pick(SURNAME_ENDS)).toLowerCase(Locale.ROOT);
    };
  }

  /** What a meeting or a help is about: {@code the sales budget}, {@code 销售预算}. */
  String topic() {
    return of(() ->
      language == Language.EN
        ? "the " + pick(TOPIC_AREAS) + " " + pick(TOPIC_KINDS)
        : pick(HAN_TOPIC_AREAS) + pick(HAN_TOPIC_KINDS)
    );
  }

  /** A number of things that offices buy: {@code 12 office chairs}, {@code 12把办公椅}. */
  String goods() {
    return of(() -> {
      var number = 2 + random.nextInt(98);
      return language == Language.EN ? number + " " + pick(GOODS) : number + pick(HAN_GOODS);
    });
  }

  private String surname() {
    return pick(SURNAME_STARTS) + pick(SURNAME_ENDS);
  }

  private String han(String from) {
    return String.valueOf(from.charAt(random.nextInt(from.length())));
  }

  private String pick(List<String> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static String capital(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private static List<String> words(String text) {
    return words(text, " ");
  }

  private static List<String> words(String text, String between) {
    return List.of(text.split(between, -1));
  }
}
